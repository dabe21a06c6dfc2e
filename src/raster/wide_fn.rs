//! Compiling a kernel a second time for the processor's wide registers.

/// Declares a function that runs an `#[inline(always)]` kernel of the same arguments, compiled for AVX2 on machines that have it.
/// Fused multiply-add is left out on purpose: every machine computes the same bits, only some of them eight at a time.
///
/// A macro and not a function of a closure: a large closure is not inlined into the function that has the feature, and is then
/// compiled without.
macro_rules! wide_fn {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $out:ty)? = $kernel:expr) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        fn $name($($arg: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn with_avx2($($arg: $kind),*) $(-> $out)? {
                    $kernel($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    #[allow(unsafe_code)]
                    // SAFETY: the processor has the feature, as just asked.
                    return unsafe { with_avx2($($arg),*) };
                }
            }
            $kernel($($arg),*)
        }
    };
}
pub(crate) use wide_fn;
