-- What is known of each customer at the cut. The views hold only what had arrived by then; $cut is the moment.
with recent_usage as (
    select
        customer_id,
        avg(calls) as calls_a_month,
        avg(dropped_calls) as dropped_calls_a_month,
        avg(data_gb) as data_gb_a_month
    from usage
    where counted_at >= $cut - interval 92 day
    group by customer_id
),
recent_tickets as (
    select
        customer_id,
        count(*) as tickets,
        count(*) filter (where topic = 'network') as network_tickets,
        avg(satisfaction) as satisfaction
    from tickets
    where opened_at >= $cut - interval 60 day
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
    calls_a_month,
    dropped_calls_a_month,
    data_gb_a_month,
    coalesce(tickets, 0) as tickets,
    coalesce(network_tickets, 0) as network_tickets,
    satisfaction,
    amount,
    share_paid_late
from customers
left join recent_usage using (customer_id)
left join recent_tickets using (customer_id)
left join recent_invoices using (customer_id)
where valid_to is null
