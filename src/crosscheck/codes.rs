//! The codes of the contract, each with its Chinese wording.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal, $zh:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// Code in tables and JSON.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            /// Chinese wording.
            pub fn zh(self) -> &'static str {
                match self { $($name::$variant => $zh,)+ }
            }
        }
    };
}

codes! {
    /// What the town says of a patch.
    Claim {
        /// Illegal use, admitted.
        Illegal = "illegal", "违法";
        /// Legal use.
        Legal = "legal", "合法";
        /// Torn down.
        Demolished = "demolished", "已拆除";
        /// Torn down and farmed again.
        Restored = "restored", "拆除复耕";
        /// Confiscated; may stand.
        Confiscated = "confiscated", "没收";
        /// Farm facility.
        FacilityAgriculture = "facility_agriculture", "设施农用地";
        /// Temporary use.
        TemporaryUse = "temporary_use", "临时用地";
        /// Village road.
        RuralRoad = "rural_road", "农村道路";
        /// Nothing changed on the ground.
        NoChange = "no_change", "实地未变化";
        /// A term the alias table does not know.
        Other = "other", "其他";
        /// Blank, or no claim column.
        None = "none", "无";
    }
}

codes! {
    /// What the image says of a claim.
    Verdict {
        /// Agrees with the image.
        Consistent = "consistent", "与影像一致";
        /// Claimed torn down, still there.
        FalseDemolition = "false_demolition", "疑似虚报拆除";
        /// Torn down in part.
        PartialDemolition = "partial_demolition", "疑似部分拆除";
        /// Torn down, not farmed again.
        DemolishedNotRestored = "demolished_not_restored", "已拆除未复耕";
        /// The image contradicts the claim.
        Concealed = "concealed", "疑似瞒报";
        /// Nothing to be seen.
        NoVisibleChange = "no_visible_change", "影像未见变化";
        /// The image cannot answer.
        CannotJudge = "cannot_judge", "无法判定";
    }
}

codes! {
    /// What stands on a patch at the later date.
    StateAfter {
        /// Still there.
        Standing = "standing", "仍存在";
        /// Partly there.
        PartlyStanding = "partly_standing", "部分存在";
        /// Looks covered or painted.
        Disguised = "disguised", "疑似遮盖伪装";
        /// Bare soil.
        Bare = "bare", "裸土";
        /// Rubble.
        Rubble = "rubble", "残留";
        /// Farmed or green again.
        Restored = "restored", "已复耕复绿";
        /// Nothing built.
        None = "none", "无建(构)筑物";
        /// Not seen.
        Unknown = "unknown", "无法确定";
    }
}

codes! {
    /// What a candidate means for the bureau.
    Finding {
        /// In no list and under no approval.
        Unreported = "unreported", "疑似未报(瞒报)";
        /// In the list.
        Listed = "listed", "已列入图斑";
        /// Under an approval.
        Approved = "approved", "已有批准";
        /// Not a change enforcement cares for.
        NotRelevant = "not_relevant", "非执法关注变化";
    }
}

codes! {
    /// How much of a candidate lies in list patches.
    ListStatus {
        /// At least 80 %.
        Listed = "listed", "已列入";
        /// Between 20 and 80 %.
        PartlyListed = "partly_listed", "部分列入";
        /// Under 20 %.
        Unlisted = "unlisted", "未列入";
    }
}

codes! {
    /// What became of an earlier case.
    FollowUp {
        /// What stood still stands.
        StillStanding = "still_standing", "仍存在";
        /// Part of it still stands.
        PartlyStanding = "partly_standing", "部分仍存在";
        /// It is gone since.
        NewlyDemolished = "newly_demolished", "本期已拆除";
        /// Built again where it was gone.
        Rebuilt = "rebuilt", "疑似复建";
        /// Farmed again since.
        Restored = "restored", "本期已复耕复绿";
        /// Gone, and still not farmed.
        NotRestored = "not_restored", "仍未复耕";
        /// Nothing built stands there.
        Gone = "gone", "现场无建(构)筑物";
        /// The images cannot tell.
        CannotJudge = "cannot_judge", "无法判定";
    }
}
