//! tuban 图斑
