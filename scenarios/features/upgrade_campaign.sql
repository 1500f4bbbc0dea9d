with used as (
    select customer_id, avg(data_gb) as data_gb, count(*) as months
    from usage
    group by customer_id
)
select customers.customer_id, plan, monthly_fee, ln(coalesce(data_gb, 1)) as log_data_gb
from customers
left join used using (customer_id)
where valid_to is null and plan in ('basic', 'plus')
