CREATE TABLE customers (
  customer_id integer PRIMARY KEY,
  email varchar(120) NOT NULL UNIQUE,
  plan varchar(8) NOT NULL CHECK (plan IN ('basic', 'plus', 'max')),
  joined_at timestamptz NOT NULL
);
CREATE TABLE orders (
  order_id bigint PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers (customer_id),
  amount numeric(10, 2) NOT NULL CHECK (amount > 0),
  note text,
  ordered_at timestamptz NOT NULL
);
