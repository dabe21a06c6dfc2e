//! A vector dataset through GDAL's C interface, byte for byte: the safe wrapper of the `gdal` crate replaces what is
//! not UTF-8, and has no curves. Everything unsafe about reading vectors is in this file.
#![allow(unsafe_code)]

use crate::grid::Crs;
use crate::io::{crs, last_gdal_message};
use gdal::spatial_ref::SpatialRef;
use gdal_sys as sys;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// A field value before its text is decoded.
pub(super) enum RawValue {
    Null,
    Bytes(Vec<u8>),
    Integer(i64),
    Real(f64),
}

/// Type of a field as stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RawKind {
    Text,
    Integer,
    Real,
    /// Photographs and the like: not carried along.
    Binary,
}

/// A field as stored.
pub(super) struct RawField {
    /// Place among the fields of its layer.
    place: c_int,
    /// Name, as bytes.
    pub name: Vec<u8>,
    pub kind: RawKind,
}

/// A ring as stored.
pub(super) type Ring = Vec<(f64, f64)>;

/// A geometry as stored, curves made of chords, Z and M left out.
#[derive(Default)]
pub(super) struct RawGeometry {
    /// Exterior ring and holes of each part.
    pub polygons: Vec<Vec<Ring>>,
    /// The first point, where the geometry is or has points.
    pub point: Option<(f64, f64)>,
    /// Lines were found.
    pub lines: bool,
    /// Rings that did not end where they began.
    pub unclosed: usize,
    /// Vertices in all.
    pub vertices: usize,
}

/// A row as stored.
pub(super) struct RawRow {
    pub values: Vec<RawValue>,
    pub geometry: Option<RawGeometry>,
}

/// What a layer is, before reading it.
pub(super) struct LayerInfo {
    pub name: String,
    /// Layer may hold polygons; `None` without any geometry.
    pub polygons: Option<bool>,
}

/// An open dataset.
pub(super) struct Source {
    handle: sys::GDALDatasetH,
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: the handle came from GDALOpenEx and is closed once.
        unsafe {
            sys::GDALClose(self.handle);
        }
    }
}

fn c_strings(list: &[&str]) -> Vec<CString> {
    list.iter().filter_map(|s| CString::new(*s).ok()).collect()
}

fn pointers(list: &[CString]) -> Vec<*const c_char> {
    list.iter().map(|s| s.as_ptr()).chain([ptr::null()]).collect()
}

/// SAFETY: `p` is null or a NUL-terminated string that lives through the call.
unsafe fn bytes_of(p: *const c_char) -> Vec<u8> {
    if p.is_null() { Vec::new() } else { unsafe { CStr::from_ptr(p) }.to_bytes().to_vec() }
}

impl Source {
    /// Opens for reading with these drivers only. `Err` carries GDAL's words.
    pub fn open(name: &CStr, drivers: &[&str], options: &[&str]) -> Result<Source, String> {
        let (drivers, options) = (c_strings(drivers), c_strings(options));
        let (d, o) = (pointers(&drivers), pointers(&options));
        // SAFETY: every pointer is a NUL-terminated string or a null-ended array of such, alive through the call.
        let handle = unsafe {
            sys::CPLErrorReset();
            sys::GDALOpenEx(
                name.as_ptr(),
                gdal::GdalOpenFlags::GDAL_OF_VECTOR.bits(),
                d.as_ptr(),
                o.as_ptr(),
                ptr::null(),
            )
        };
        if handle.is_null() { Err(last_gdal_message()) } else { Ok(Source { handle }) }
    }

    /// Short name of the driver in use.
    pub fn driver(&self) -> String {
        // SAFETY: the handle is open; GDAL owns the name.
        unsafe {
            let name = bytes_of(sys::GDALGetDriverShortName(sys::GDALGetDatasetDriver(self.handle)));
            String::from_utf8_lossy(&name).into_owned()
        }
    }

    /// The layers in order.
    pub fn layers(&self) -> Vec<LayerInfo> {
        // SAFETY: the handle is open; layers belong to it.
        let count = unsafe { sys::GDALDatasetGetLayerCount(self.handle) };
        (0..count).map(|i| self.layer(i as usize).info()).collect()
    }

    /// A layer; `index` must be below the number of layers.
    pub fn layer(&self, index: usize) -> SourceLayer<'_> {
        // SAFETY: the handle is open; a null layer is checked by every use.
        let handle = unsafe { sys::GDALDatasetGetLayer(self.handle, index as c_int) };
        SourceLayer { handle, _source: self }
    }
}

/// A layer of an open dataset.
pub(super) struct SourceLayer<'a> {
    handle: sys::OGRLayerH,
    _source: &'a Source,
}

impl SourceLayer<'_> {
    fn info(&self) -> LayerInfo {
        if self.handle.is_null() {
            return LayerInfo { name: String::new(), polygons: None };
        }
        // SAFETY: the layer is alive as long as the source.
        let (name, kind) = unsafe {
            (bytes_of(sys::OGR_L_GetName(self.handle)), sys::OGR_GT_Flatten(sys::OGR_L_GetGeomType(self.handle)))
        };
        use sys::OGRwkbGeometryType as T;
        let polygons = match kind {
            T::wkbNone => None,
            T::wkbPoint | T::wkbMultiPoint | T::wkbLineString | T::wkbMultiLineString => Some(false),
            _ => Some(true),
        };
        LayerInfo { name: String::from_utf8_lossy(&name).into_owned(), polygons }
    }

    /// Metadata item of the layer, blank when missing.
    pub fn metadata(&self, key: &CStr, domain: &CStr) -> String {
        if self.handle.is_null() {
            return String::new();
        }
        // SAFETY: strings are NUL-terminated; the answer is copied at once.
        let value = unsafe { bytes_of(sys::GDALGetMetadataItem(self.handle, key.as_ptr(), domain.as_ptr())) };
        String::from_utf8_lossy(&value).into_owned()
    }

    /// Reference system, where the file has one that can be placed on the ground.
    pub fn crs(&self) -> Option<Crs> {
        if self.handle.is_null() {
            return None;
        }
        // SAFETY: the handle is borrowed from the layer and cloned by `from_c_obj` (null is refused first).
        let srs = unsafe {
            let h = sys::OGR_L_GetSpatialRef(self.handle);
            if h.is_null() { None } else { SpatialRef::from_c_obj(h).ok() }
        };
        srs.as_ref().and_then(crs::describe)
    }

    /// The fields.
    pub fn fields(&self) -> Vec<RawField> {
        if self.handle.is_null() {
            return Vec::new();
        }
        // SAFETY: the definition belongs to the living layer and indices are below its count.
        unsafe {
            let defn = sys::OGR_L_GetLayerDefn(self.handle);
            (0..sys::OGR_FD_GetFieldCount(defn))
                .map(|place| {
                    let field = sys::OGR_FD_GetFieldDefn(defn, place);
                    let name = bytes_of(sys::OGR_Fld_GetNameRef(field));
                    RawField { place, name, kind: kind_of(sys::OGR_Fld_GetType(field)) }
                })
                .collect()
        }
    }

    /// Number of rows the file announces, -1 when it would have to be counted.
    pub fn announced_rows(&self) -> i64 {
        if self.handle.is_null() {
            return 0;
        }
        // SAFETY: the layer is alive.
        unsafe { sys::OGR_L_GetFeatureCount(self.handle, 0) }
    }

    /// Spares the driver the values of some fields, by their names as stored.
    pub fn leave_out(&self, fields: impl Iterator<Item = Vec<u8>>) {
        let names: Vec<CString> = fields.filter_map(|n| CString::new(n).ok()).collect();
        let mut list = pointers(&names);
        if !self.handle.is_null() {
            // SAFETY: the layer is alive, the list ends with null; a driver that cannot leave out fields reads them.
            unsafe { sys::OGR_L_SetIgnoredFields(self.handle, list.as_mut_ptr()) };
        }
    }

    /// Starts reading again from the first row.
    pub fn rewind(&self) {
        if !self.handle.is_null() {
            // SAFETY: the layer is alive.
            unsafe {
                sys::CPLErrorReset();
                sys::OGR_L_ResetReading(self.handle)
            };
        }
    }

    /// Next row; `Ok(None)` at the end, `Err` with GDAL's words when reading broke off.
    pub fn next_row(&self, fields: &[RawField]) -> Result<Option<RawRow>, String> {
        if self.handle.is_null() {
            return Ok(None);
        }
        // SAFETY: the feature is ours until destroyed below; nothing of it is kept.
        unsafe {
            sys::CPLErrorReset();
            let feature = sys::OGR_L_GetNextFeature(self.handle);
            if feature.is_null() {
                let failed = sys::CPLGetLastErrorType() >= sys::CPLErr::CE_Failure;
                return if failed { Err(last_gdal_message()) } else { Ok(None) };
            }
            let values = fields.iter().map(|f| value_of(feature, f.place, f.kind)).collect();
            let geometry = sys::OGR_F_GetGeometryRef(feature);
            let geometry = (!geometry.is_null()).then(|| geometry_of(geometry));
            sys::OGR_F_Destroy(feature);
            Ok(Some(RawRow { values, geometry }))
        }
    }
}

fn kind_of(kind: sys::OGRFieldType::Type) -> RawKind {
    use sys::OGRFieldType as T;
    match kind {
        T::OFTInteger | T::OFTInteger64 => RawKind::Integer,
        T::OFTReal => RawKind::Real,
        T::OFTBinary => RawKind::Binary,
        _ => RawKind::Text,
    }
}

/// SAFETY: `feature` is alive and has a field `i` of that kind.
unsafe fn value_of(feature: sys::OGRFeatureH, i: c_int, kind: RawKind) -> RawValue {
    unsafe {
        if sys::OGR_F_IsFieldSetAndNotNull(feature, i) == 0 {
            return RawValue::Null;
        }
        match kind {
            RawKind::Binary => RawValue::Null,
            RawKind::Integer => RawValue::Integer(sys::OGR_F_GetFieldAsInteger64(feature, i)),
            RawKind::Real => {
                let v = sys::OGR_F_GetFieldAsDouble(feature, i);
                if v.is_finite() { RawValue::Real(v) } else { RawValue::Null }
            }
            RawKind::Text => match date_of(feature, i) {
                Some(date) => RawValue::Bytes(date.into_bytes()),
                None => RawValue::Bytes(bytes_of(sys::OGR_F_GetFieldAsString(feature, i))),
            },
        }
    }
}

/// A date field as `YYYY-MM-DD`, with the time where there is one. SAFETY: as for `value_of`.
unsafe fn date_of(feature: sys::OGRFeatureH, i: c_int) -> Option<String> {
    use sys::OGRFieldType as T;
    unsafe {
        let kind = sys::OGR_Fld_GetType(sys::OGR_F_GetFieldDefnRef(feature, i));
        if kind != T::OFTDate && kind != T::OFTDateTime {
            return None;
        }
        let (mut y, mut mo, mut d, mut h, mut mi, mut zone) = (0, 0, 0, 0, 0, 0);
        let mut s = 0f32;
        if sys::OGR_F_GetFieldAsDateTimeEx(feature, i, &mut y, &mut mo, &mut d, &mut h, &mut mi, &mut s, &mut zone) == 0
        {
            return None;
        }
        if kind == T::OFTDate || (h, mi, s) == (0, 0, 0.0) {
            Some(format!("{y:04}-{mo:02}-{d:02}"))
        } else {
            Some(format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{:02}", s as u32))
        }
    }
}

/// SAFETY: `geometry` is alive and borrowed.
unsafe fn geometry_of(geometry: sys::OGRGeometryH) -> RawGeometry {
    let mut out = RawGeometry::default();
    unsafe {
        if sys::OGR_G_HasCurveGeometry(geometry, 1) != 0 {
            let chords = sys::OGR_G_GetLinearGeometry(geometry, 0.0, ptr::null_mut());
            if !chords.is_null() {
                collect(chords, &mut out, 0);
                sys::OGR_G_DestroyGeometry(chords);
            }
        } else {
            collect(geometry, &mut out, 0);
        }
    }
    out
}

/// SAFETY: `geometry` is alive, borrowed and without curves. Collections nested deeper than 16 are not entered.
unsafe fn collect(geometry: sys::OGRGeometryH, out: &mut RawGeometry, depth: usize) {
    use sys::OGRwkbGeometryType as T;
    unsafe {
        let kind = sys::OGR_GT_Flatten(sys::OGR_G_GetGeometryType(geometry));
        let children = sys::OGR_G_GetGeometryCount(geometry);
        match kind {
            T::wkbPolygon | T::wkbTriangle => {
                // Most polygons are one ring of one part: room for exactly that, in hundreds of thousands of rows.
                let mut rings = Vec::with_capacity(children.max(0) as usize);
                for i in 0..children {
                    let ring = points_of(sys::OGR_G_GetGeometryRef(geometry, i));
                    if ring.len() > 1 && ring.first() != ring.last() {
                        out.unclosed += 1;
                    }
                    out.vertices += ring.len();
                    rings.push(ring);
                }
                if !rings.is_empty() {
                    if out.polygons.is_empty() {
                        out.polygons.reserve_exact(1);
                    }
                    out.polygons.push(rings);
                }
            }
            T::wkbPoint => {
                if out.point.is_none() && sys::OGR_G_IsEmpty(geometry) == 0 {
                    out.point = Some((sys::OGR_G_GetX(geometry, 0), sys::OGR_G_GetY(geometry, 0)));
                }
                out.vertices += 1;
            }
            T::wkbLineString => {
                out.lines = true;
                out.vertices += sys::OGR_G_GetPointCount(geometry) as usize;
            }
            _ if depth < 16 => {
                for i in 0..children {
                    let child = sys::OGR_G_GetGeometryRef(geometry, i);
                    if !child.is_null() {
                        collect(child, out, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}

/// SAFETY: `line` is null or a living line or ring.
unsafe fn points_of(line: sys::OGRGeometryH) -> Ring {
    if line.is_null() {
        return Vec::new();
    }
    unsafe {
        let count = sys::OGR_G_GetPointCount(line).max(0) as usize;
        let (mut x, mut y) = (vec![0f64; count], vec![0f64; count]);
        let stride = size_of::<f64>() as c_int;
        if count > 0 {
            sys::OGR_G_GetPoints(
                line,
                x.as_mut_ptr().cast(),
                stride,
                y.as_mut_ptr().cast(),
                stride,
                ptr::null_mut(),
                0,
            );
        }
        x.into_iter().zip(y).collect()
    }
}

/// A geometry written as WKT; `None` when the text is none.
pub(super) fn geometry_from_wkt(text: &str) -> Option<RawGeometry> {
    let begins = text.trim_start().get(..4)?.to_ascii_uppercase();
    if !["POLY", "MULT", "POIN", "CURV", "GEOM", "LINE"].contains(&begins.as_str()) {
        return None;
    }
    let text = CString::new(text).ok()?;
    // SAFETY: the parser reads a NUL-terminated string and moves its own pointer; the geometry made is ours to destroy.
    unsafe {
        let mut p = text.as_ptr().cast_mut();
        let mut geometry = ptr::null_mut();
        if sys::OGR_G_CreateFromWkt(&mut p, ptr::null_mut(), &mut geometry) != sys::OGRErr::OGRERR_NONE
            || geometry.is_null()
        {
            return None;
        }
        let out = geometry_of(geometry);
        sys::OGR_G_DestroyGeometry(geometry);
        Some(out)
    }
}
