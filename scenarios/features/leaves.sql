-- All that is known of a customer but whether they left.
select * exclude (Churn) from customers
