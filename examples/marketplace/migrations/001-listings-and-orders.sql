create table listings (
  id integer generated always as identity primary key,
  title text not null check (length(title) between 3 and 80),
  description text not null check (length(description) <= 2000),
  price_cents integer not null check (price_cents between 0 and 10000000),
  category text not null,
  condition text not null,
  place text not null,
  picture text not null,
  seller text not null,
  seller_name text not null,
  -- One form sent twice is one listing.
  form_key uuid unique,
  created_at timestamptz not null default now()
);

create table orders (
  id integer generated always as identity primary key,
  listing_id integer not null references listings (id),
  buyer text not null,
  state text not null default 'placed' check (state in ('placed', 'received', 'cancelled')),
  price_cents integer not null,
  placed_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);

-- A thing is sold once: of two buyers at the same moment the second finds this index in the way.
create unique index orders_one_per_listing on orders (listing_id) where state <> 'cancelled';
create index orders_by_buyer on orders (buyer, id desc);
create index listings_by_seller on listings (seller, id desc);
