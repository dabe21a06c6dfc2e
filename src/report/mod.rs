//! Reports: tables, pictures and pages made of the results, as bytes.
