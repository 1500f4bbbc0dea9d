-- What is known of each shopper at the cut, out of nothing but the invoice lines that had arrived.
with invoices as (
    select
        CustomerID,
        InvoiceNo,
        min(InvoiceDate) as bought_at,
        sum(Quantity * UnitPrice) as value,
        count(distinct StockCode) as articles
    from invoice_lines
    where Quantity > 0 and CustomerID is not null
    group by CustomerID, InvoiceNo
),
returned as (
    select CustomerID, count(distinct InvoiceNo) as cancellations
    from invoice_lines
    where Quantity < 0 and CustomerID is not null
    group by CustomerID
)
select
    CustomerID,
    date_diff('day', max(bought_at), $cut) as days_since_last,
    date_diff('day', min(bought_at), $cut) as days_since_first,
    count(*) as invoices,
    count(*) filter (where bought_at >= $cut - interval 30 day) as invoices_30d,
    count(*) filter (where bought_at >= $cut - interval 90 day) as invoices_90d,
    sum(value) as value,
    avg(value) as value_an_invoice,
    avg(articles) as articles_an_invoice,
    coalesce(any_value(cancellations), 0) as cancellations
from invoices
left join returned using (CustomerID)
group by CustomerID
