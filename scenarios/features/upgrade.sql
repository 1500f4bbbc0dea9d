-- What may foretell that a customer wants a bigger plan.
with recent_usage as (
    select
        customer_id,
        avg(data_gb) as data_gb_a_month,
        max(data_gb) as most_data_gb,
        avg(messages) as messages_a_month
    from usage
    where counted_at >= $cut - interval 92 day
    group by customer_id
),
recent_invoices as (
    select customer_id, avg(extra_charges) as extra_charges
    from invoices
    where issued_at >= $cut - interval 92 day
    group by customer_id
)
select
    customers.customer_id,
    plan,
    contract,
    monthly_fee,
    date_diff('day', valid_from, $cut) as days_in_this_version,
    data_gb_a_month,
    most_data_gb,
    messages_a_month,
    extra_charges
from customers
left join recent_usage using (customer_id)
left join recent_invoices using (customer_id)
where valid_to is null and plan in ('basic', 'plus')
