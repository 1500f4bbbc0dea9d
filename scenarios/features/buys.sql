-- What the website knew of each customer at the cut. Visits before the login count too: the device tells whose they were.
with devices as (
    select visitor_id, max(customer_id) as customer_id
    from web_events
    where customer_id is not null
    group by visitor_id
),
seen as (
    select devices.customer_id, session_id, event, amount, happened_at
    from web_events
    join devices using (visitor_id)
)
select
    customers.customer_id,
    newsletter,
    date_diff('day', joined_at, $cut) as days_since_joined,
    count(distinct session_id) filter (where happened_at >= $cut - interval 14 day) as visits_14d,
    count(distinct session_id) as visits,
    count(*) filter (where event = 'product_view' and happened_at >= $cut - interval 28 day) as views_28d,
    count(*) filter (where event = 'add_to_basket') as baskets,
    count(*) filter (where event = 'purchase') as purchases,
    coalesce(sum(amount), 0) as spent,
    coalesce(date_diff('day', max(happened_at), $cut), 99) as days_since_last_visit
from customers
left join seen using (customer_id)
group by customers.customer_id, newsletter, joined_at
