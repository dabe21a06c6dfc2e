//! Vectorising: runs of changed pixels, their labels, and the rings around them.
