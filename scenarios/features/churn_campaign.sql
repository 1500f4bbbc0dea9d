with heard as (
    select customer_id, count(*) as calls, count(*) filter (where outcome = 'dropped') as dropped
    from calls
    where started_at >= $cut - interval 45 day
    group by customer_id
),
help as (
    select customer_id, count(*) as tickets from tickets where opened_at >= $cut - interval 45 day group by customer_id
)
select
    customers.customer_id,
    plan,
    monthly_fee,
    ln((coalesce(dropped, 0) + 1) / (coalesce(calls, 0) + 10)) as log_share_dropped,
    coalesce(tickets, 0) as tickets
from customers
left join heard using (customer_id)
left join help using (customer_id)
where valid_to is null
