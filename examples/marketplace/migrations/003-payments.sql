-- An order is paid for before it is placed. Until the payment is decided it is 'paying', and the thing is kept for its buyer.
alter table orders drop constraint orders_state_check;
alter table orders add constraint orders_state_check check (state in ('paying', 'placed', 'received', 'cancelled'));
alter table orders add column paid_by text;
alter table orders add column payment text;
create index orders_unpaid on orders (placed_at) where state = 'paying';
