//! Running a kernel with the processor's wide registers where it has them.

/// Runs `work` compiled for AVX2 on machines that have it. Fused multiply-add is left out on purpose: every machine computes the same
/// bits, only some of them eight at a time. `work` must be a small closure around an `#[inline(always)]` kernel, else nothing is gained.
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code)]
        // SAFETY: the processor has the feature, as just asked.
        return unsafe { with_avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
