-- What is known of each customer at the cut. The views hold only what had arrived by then; $cut is the moment.
with recent_calls as (
    select
        customer_id,
        count(*) filter (where outcome = 'dropped') as dropped_calls,
        count(*) filter (where outcome = 'dropped' and started_at >= $cut - interval 7 day) as dropped_calls_7d,
        count(*) as calls
    from calls
    where started_at >= $cut - interval 28 day
    group by customer_id
),
recent_tickets as (
    select
        customer_id,
        count(*) as tickets,
        count(*) filter (where topic = 'network') as network_tickets,
        avg(satisfaction) as satisfaction
    from tickets
    where opened_at >= $cut - interval 30 day
    group by customer_id
),
recent_invoices as (
    select
        customer_id,
        avg(amount) as amount,
        avg(paid_late::int) as share_paid_late
    from invoices
    where issued_at >= $cut - interval 92 day
    group by customer_id
)
select
    customers.customer_id,
    contract,
    plan,
    monthly_fee,
    date_diff('day', valid_from, $cut) as days_in_this_version,
    coalesce(calls, 0) as calls,
    coalesce(dropped_calls, 0) as dropped_calls,
    coalesce(dropped_calls_7d, 0) as dropped_calls_7d,
    coalesce(tickets, 0) as tickets,
    coalesce(network_tickets, 0) as network_tickets,
    satisfaction,
    amount,
    share_paid_late
from customers
left join recent_calls using (customer_id)
left join recent_tickets using (customer_id)
left join recent_invoices using (customer_id)
where valid_to is null
