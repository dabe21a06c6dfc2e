//! Accuracy against labels.
