use super::super::forest::Serial;
use super::*;

/// Two classes that one code tells apart, in `pieces` pieces each; every `wrong`-th row has the other label.
fn labelled(pieces: u32, wrong: usize) -> Labelled {
    let mut out = Labelled { table: Table { codes: vec![Vec::new(); 2], ..Table::default() }, piece: Vec::new() };
    for piece in 0..2 * pieces {
        for n in 0..60usize {
            let class = (piece % 2) as u8;
            out.table.codes[0].push(60 + class * 100 + (n % 40) as u8);
            out.table.codes[1].push((n * 37 % 251) as u8);
            // Other rows in every piece, so that nothing but the label is wrong.
            let flipped = wrong > 0 && (n + 3 * piece as usize).is_multiple_of(wrong);
            out.table.class.push(if flipped { 1 - class } else { class });
            out.table.weight.push(1.0);
            out.piece.push(piece);
        }
    }
    out
}

fn params() -> TrainParams {
    TrainParams { trees: 12, features: 1.0, ..TrainParams::default() }
}

#[test]
fn clear_labels_are_learnt_and_none_is_doubted() {
    let learnt = learn(&labelled(6, 0), 2, &params(), &Serial);
    assert_eq!(learnt.confusion.accuracy(), Some(1.0));
    assert_eq!(learnt.confusion.kappa(), Some(1.0));
    assert_eq!((learnt.rows, learnt.pieces, learnt.doubted), (vec![360, 360], vec![6, 6], vec![0, 0]));
}

#[test]
fn wrong_labels_count_against_accuracy_but_are_left_out_of_training() {
    let data = labelled(6, 10);
    let learnt = learn(&data, 2, &params(), &Serial);
    let accuracy = learnt.confusion.accuracy().expect("rows");
    assert!((0.85..0.95).contains(&accuracy), "{accuracy}");
    assert!(learnt.doubted.iter().all(|d| (20..=40).contains(d)), "{:?}", learnt.doubted);
    // The forest that comes out knows the truth, not the labels.
    let right = confusion(&learnt.forest, &labelled(6, 0).table);
    assert_eq!(right.accuracy(), Some(1.0));
}

#[test]
fn a_forest_is_judged_on_pieces_it_has_not_seen() {
    // The only code is the number of the piece: it tells nothing about other pieces.
    let mut data = labelled(6, 0);
    for (row, piece) in data.piece.clone().into_iter().enumerate() {
        data.table.codes[0][row] = (piece * 20) as u8;
        data.table.codes[1][row] = 0;
    }
    let learnt = learn(&data, 2, &params(), &Serial);
    assert!(learnt.confusion.accuracy().expect("rows") < 0.8, "{:?}", learnt.confusion);
    assert!(confusion(&learnt.forest, &data.table).accuracy().expect("rows") > 0.9);
}

#[test]
fn golden_pixels_repeat_the_forest() {
    let data = labelled(6, 0);
    let learnt = learn(&data, 2, &params(), &Serial);
    let golden = golden_pixels(&learnt.forest, &data.table);
    assert_eq!(golden.len(), 6);
    for pixel in golden {
        let column = |code: &u8| vec![*code];
        let table = Table { codes: pixel.codes.iter().map(column).collect(), class: vec![0], weight: vec![1.0] };
        assert_eq!(scores_of(&learnt.forest, &table, &[0])[0][..2], pixel.scores[..]);
    }
}

#[test]
fn labels_are_known_by_code_name_value_and_survey() {
    for (label, class) in [
        ("Building", Some(Class::Building)),
        ("大棚", Some(Class::Greenhouse)),
        ("4", Some(Class::Water)),
        ("0103", Some(Class::Crop)),
        ("013", Some(Class::Crop)),
        ("1104A", Some(Class::Water)),
        ("031", Some(Class::Woodland)),
        ("dryout", None),
        ("99", None),
        ("", None),
    ] {
        assert_eq!(class_of_label(label), class, "{label}");
    }
}
