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

/// Transverse Mercator figures of a system: central meridian in degrees and false easting in metres.
pub fn transverse_mercator(system: &Crs) -> Option<(f64, f64)> {
    if system.geographic {
        return None;
    }
    let srs = spatial_ref(system).ok()?;
    let projection = srs.get_attr_value("PROJECTION", 0).ok().flatten()?;
    if projection != "Transverse_Mercator" && projection != "Gauss_Kruger" {
        return None;
    }
    let get = |key: &str| srs.get_proj_param(key).ok().flatten();
    Some((get("central_meridian")?, get("false_easting")? * system.unit_m))
}

/// Coordinates that cannot belong to the declared system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceFault {
    /// The system has the zone number before the easting, the coordinates have none.
    NoZone {
        /// Zone of the system.
        zone: u32,
    },
    /// The coordinates have a zone number before the easting, the system has none or another.
    OtherZone {
        /// Zone of the coordinates.
        zone: u32,
    },
    /// Degrees beyond 180 and 90.
    NoDegrees,
}

impl PlaceFault {
    /// EPSG code of the CGCS2000 system that the coordinates would fit.
    pub fn likely_epsg(self) -> Option<u32> {
        match self {
            PlaceFault::NoZone { zone } if zone >= 25 => Some(4534 + zone - 25),
            PlaceFault::NoZone { zone } => Some(4502 + zone - 13),
            PlaceFault::OtherZone { zone } if zone >= 25 => Some(4488 + zone),
            PlaceFault::OtherZone { zone } => Some(4491 + zone - 13),
            PlaceFault::NoDegrees => None,
        }
    }
}

impl std::fmt::Display for PlaceFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PlaceFault::NoZone { zone } => write!(f, "eastings of that system begin with the zone number {zone}"),
            PlaceFault::OtherZone { zone } => write!(f, "that easting begins with the number of zone {zone}"),
            PlaceFault::NoDegrees => write!(f, "these are no degrees"),
        }
    }
}

/// Zone number before an easting: 13-23 are zones of 6 degrees, 25-45 of 3.
fn zone_before(easting_m: f64) -> Option<u32> {
    let zone = (easting_m / 1e6).floor();
    ((13.0..=23.0).contains(&zone) || (25.0..=45.0).contains(&zone)).then_some(zone as u32)
}

/// Whether map coordinates can belong to a system: Chinese offices mix Gauss-Krueger with and without the zone number
/// before the easting, which misplaces an image by tens of thousands of kilometres.
pub fn place_fault(system: &Crs, x: f64, y: f64) -> Option<PlaceFault> {
    if system.geographic {
        // Some global products run from 0 to 360 degrees.
        return (x.abs() > 361.0 || y.abs() > 91.0).then_some(PlaceFault::NoDegrees);
    }
    let (_, false_easting) = transverse_mercator(system)?;
    let (declared, found) = (zone_before(false_easting), zone_before(x * system.unit_m));
    match (declared, found) {
        (Some(zone), None) if (0.0..1e6).contains(&(x * system.unit_m)) => Some(PlaceFault::NoZone { zone }),
        (Some(a), Some(zone)) if a != zone => Some(PlaceFault::OtherZone { zone }),
        (None, Some(zone)) if (false_easting - 500_000.0).abs() < 1.0 => Some(PlaceFault::OtherZone { zone }),
        _ => None,
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
