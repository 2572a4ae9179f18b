//! Shapes of distributions.

use super::*;

#[test]
fn histograms_in_shape_are_accepted() {
    let inf = f64::INFINITY;
    let cases: [(&[(f64, u64)], u64); 6] = [
        (&[], 0),
        (&[], u64::MAX),
        (&[(1.0, 0), (2.0, 0)], 5),
        (&[(-1.0, 1), (0.0, 1), (0.5, 7)], 7),
        (&[(0.5, 1), (inf, 3)], 3),
        (&[(-inf, 0), (inf, u64::MAX)], u64::MAX),
    ];
    for (buckets, count) in cases {
        assert_eq!(
            accepted(histogram(&["a"], buckets, count)).kind(),
            Kind::Histogram
        );
    }
}

#[test]
fn histograms_out_of_shape_are_refused() {
    let inf = f64::INFINITY;
    let cases: [(&[(f64, u64)], u64); 9] = [
        (&[(f64::NAN, 0)], 0),
        (&[(1.0, 0), (f64::NAN, 0)], 0),
        (&[(1.0, 0), (1.0, 0)], 0),
        (&[(-0.0, 0), (0.0, 0)], 0),
        (&[(2.0, 0), (1.0, 0)], 0),
        (&[(inf, 1), (1.0, 1)], 1),
        (&[(1.0, 2), (2.0, 1)], 3),
        (&[(1.0, 4)], 3),
        (&[(1.0, 1), (inf, 2)], 3),
    ];
    for (buckets, count) in cases {
        let reason = reason(histogram(&[], buckets, count));
        assert_eq!(reason, Reason::HistogramShape, "{buckets:?} {count}");
    }
}

#[test]
fn summaries_have_ascending_quantiles_from_0_to_1() {
    let good: [&[f64]; 4] = [&[], &[0.0], &[0.0, 0.5, 1.0], &[-0.0, 5e-324]];
    for quantiles in good {
        assert_eq!(accepted(summary(&["a"], quantiles)).kind(), Kind::Summary);
    }
    let bad: [&[f64]; 7] = [
        &[f64::NAN],
        &[-0.1],
        &[1.000_000_1],
        &[f64::INFINITY],
        &[0.5, 0.5],
        &[0.9, 0.5],
        &[-0.0, 0.0],
    ];
    for quantiles in bad {
        assert_eq!(
            reason(summary(&[], quantiles)),
            Reason::SummaryShape,
            "{quantiles:?}"
        );
    }
}
