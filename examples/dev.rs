use tuban::{align::*, change::*, normalise::*, run::*};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let names = a.get(3).map(|t| tuban::pair::parse_band_names(t).unwrap());
    let mut pair =
        AlignedPair::open(&[a[1].clone().into()], &[a[2].clone().into()], names.as_deref(), &AlignParams::default())
            .unwrap();
    let pool = Pool::new(2).unwrap();
    let shift = measure_shift(&pair, &pool, &AlignParams::default(), &Progress::Silent);
    println!("{shift:?}");
    if shift.resolved && shift.length_px() > 0.25 {
        pair.correct_shift(shift.rows_px, shift.cols_px);
        println!("after: {:?}", measure_shift(&pair, &pool, &AlignParams::default(), &Progress::Silent));
    }
    let np = NormaliseParams::default();
    let blocks = sample_blocks(&pair, &np);
    let r = measure_radiometry(&pair, &blocks, &pool, &np, &Progress::Silent).unwrap();
    println!("{r:#?}");
    let cp = ChangeParams::default();
    let s = measure_score(&pair, &r, &blocks, &pool, &cp, &Progress::Silent);
    println!("{} {:?}", s.score_sd, s.threshold);
}
