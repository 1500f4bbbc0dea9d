-- What had arrived of each customer by the cut; while the connector is down, nothing of the hours before it has.
select
    customers.customer_id,
    newsletter,
    count(event_id) as events,
    count(event_id) filter (where event = 'purchase') as purchases,
    count(event_id) filter (where happened_at >= $cut - interval 1 day) as events_1d,
    date_diff('hour', max(happened_at), $cut) as hours_since
from customers
left join web_events using (customer_id)
group by all
