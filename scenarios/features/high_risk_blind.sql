with seen as (
    select customer_id, count(*) as late_payments, count(*) filter (where late_at >= $cut - interval 30 day) as late_30d
    from late_payments
    group by customer_id
)
select
    customers.customer_id,
    ln(monthly_income) as log_income,
    instalment / monthly_income as burden,
    ln(1 + coalesce(late_payments, 0)) as log_late_payments,
    coalesce(late_30d, 0) as late_30d
from customers
left join seen using (customer_id)
where valid_to is null and standing = 'good'
