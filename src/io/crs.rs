//! Reference systems: reading them, and moving coordinates between them (PROJ through GDAL).
//!
//! Axis order is always x = east or longitude, y = north or latitude, whatever the authority says.

use crate::grid::Crs;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};

/// A reference system that PROJ does not take, or a point it cannot move.
#[derive(Debug, thiserror::Error)]
pub enum CrsError {
    /// The definition is not understood.
    #[error("the reference system '{given}' is not understood by PROJ; give an EPSG code or WKT")]
    Unknown {
        /// What was given.
        given: String,
    },
    /// No transformation between the two.
    #[error("no transformation from '{from}' to '{to}' is known to PROJ")]
    NoTransformation {
        /// Source system.
        from: String,
        /// Target system.
        to: String,
    },
}

/// Reads GDAL's description into plain data. `None` for a local system, which cannot be placed on the ground.
pub fn describe(srs: &SpatialRef) -> Option<Crs> {
    let wkt = srs.to_wkt().ok()?;
    if wkt.is_empty() || srs.is_local() || !(srs.is_geographic() || srs.is_projected() || srs.is_compound()) {
        return None;
    }
    let epsg = match (srs.auth_name().as_deref(), srs.auth_code()) {
        (Some("EPSG"), Ok(code)) if code > 0 => Some(code as u32),
        _ => None,
    };
    let geographic = srs.is_geographic();
    let unit_m = if geographic { 1.0 } else { srs.linear_units() };
    Some(Crs { name: srs.name().unwrap_or_else(|| "unnamed".into()), wkt, epsg, geographic, unit_m })
}

/// A system from user text: `EPSG:4527`, WKT, PROJ string.
pub fn parse(definition: &str) -> Result<Crs, CrsError> {
    let unknown = || CrsError::Unknown { given: definition.to_string() };
    let srs = SpatialRef::from_definition(definition).map_err(|_| unknown())?;
    describe(&srs).ok_or_else(unknown)
}

/// CGCS2000 longitude and latitude, the system of every `lon`/`lat` in the outputs.
pub fn cgcs2000_lonlat() -> Result<Crs, CrsError> {
    parse("EPSG:4490")
}

/// GDAL's object for a system, with x = east.
pub fn spatial_ref(crs: &Crs) -> Result<SpatialRef, CrsError> {
    let mut srs = SpatialRef::from_wkt(&crs.wkt).map_err(|_| CrsError::Unknown { given: crs.name.clone() })?;
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(srs)
}

/// `true` when coordinates need no transformation from one to the other.
pub fn same(a: &Crs, b: &Crs) -> bool {
    if a.wkt == b.wkt || (a.epsg.is_some() && a.epsg == b.epsg) {
        return true;
    }
    match (spatial_ref(a), spatial_ref(b)) {
        (Ok(x), Ok(y)) => x == y,
        _ => false,
    }
}

/// Moves coordinates from one system to another. Not `Sync`: PROJ contexts belong to a thread.
pub struct Transformer {
    inner: Option<CoordTransform>,
}

impl Transformer {
    /// A transformation from `from` to `to`; the identity when they are the same.
    pub fn new(from: &Crs, to: &Crs) -> Result<Transformer, CrsError> {
        if same(from, to) {
            return Ok(Transformer { inner: None });
        }
        let (a, b) = (spatial_ref(from)?, spatial_ref(to)?);
        let inner = CoordTransform::new(&a, &b)
            .map_err(|_| CrsError::NoTransformation { from: from.name.clone(), to: to.name.clone() })?;
        Ok(Transformer { inner: Some(inner) })
    }

    /// `true` when nothing is moved.
    pub fn is_identity(&self) -> bool {
        self.inner.is_none()
    }

    /// Moves the points in place; a point that cannot be moved becomes NaN.
    pub fn apply(&self, x: &mut [f64], y: &mut [f64]) {
        let Some(t) = &self.inner else { return };
        let mut z = vec![0.0; x.len()];
        if t.transform_coords(x, y, &mut z).is_err() {
            // The whole call fails when one point does: move them one by one, so that the others survive.
            for i in 0..x.len() {
                let (mut px, mut py, mut pz) = ([x[i]], [y[i]], [0.0]);
                let ok = t.transform_coords(&mut px, &mut py, &mut pz).is_ok();
                (x[i], y[i]) = if ok { (px[0], py[0]) } else { (f64::NAN, f64::NAN) };
            }
        }
        for (a, b) in x.iter_mut().zip(y.iter_mut()) {
            if !a.is_finite() || !b.is_finite() {
                (*a, *b) = (f64::NAN, f64::NAN);
            }
        }
    }

    /// Moves one point; `None` when it cannot be moved.
    pub fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (mut xs, mut ys) = ([x], [y]);
        self.apply(&mut xs, &mut ys);
        (xs[0].is_finite() && ys[0].is_finite()).then_some((xs[0], ys[0]))
    }
}
