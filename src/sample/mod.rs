//! A generated county to try the product on, with truth.
