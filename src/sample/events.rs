//! Where the stories happen: sites found on the land, in a fixed order of tries, so that the plan is the same each time.

use super::geometry::{Frame, Point, area, bounds, distance, sub};
use super::land::Use;
use super::noise::{Draws, hash};
use super::params::Scene;
use super::phenology::Rotation;
use super::scenarios::{Ground, Outline, Paper, SCENARIOS, Scenario};
use super::sites::{Fill, Site};
use crate::parcels::Kind;

/// A change on the ground.
#[derive(Clone, Debug)]
pub struct Event {
    /// Number, from 1.
    pub id: usize,
    /// Kind.
    pub kind: Kind,
    /// Share of it that lies in the list's outline, percent.
    pub listed_percent: u32,
    /// Wholly under an approval.
    pub approved: bool,
    /// Exact outline.
    pub ring: Vec<Point>,
}

/// A story with its place.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The story.
    pub scenario: Scenario,
    /// Outline of the whole site.
    pub ring: Vec<Point>,
    /// Its axes.
    pub frame: Frame,
    /// Key of everything else drawn for it.
    pub key: u64,
}

/// Everything that happens.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Pieces of ground, later ones over earlier ones.
    pub sites: Vec<Site>,
    /// Changes.
    pub events: Vec<Event>,
    /// Stories, in the order of the list.
    pub placed: Vec<Placed>,
    /// Stories for which no place was found.
    pub not_placed: usize,
}

/// Stories per km2 in a county too small for all of them.
const CROWDED_PER_KM2: f64 = 4.2;
/// Stories per km2 of a large county; about two thirds of them are construction.
const PER_KM2: f64 = 0.95;

/// Finds a place for every story.
pub fn plan(scene: &Scene) -> Plan {
    let area_km2 = scene.area_km2();
    let all = SCENARIOS.len();
    let wanted = ((area_km2 * CROWDED_PER_KM2).floor() as usize).clamp(1, all).max((area_km2 * PER_KM2) as usize);
    let mut plan = Plan::default();
    let mut circles = Circles::default();
    for n in 0..wanted {
        let scenario = SCENARIOS[n % all];
        match place(scene, scenario, n, &circles) {
            Some(placed) => {
                circles.add(&placed);
                plan.add(placed);
            }
            None => plan.not_placed += 1,
        }
    }
    plan
}

impl Plan {
    fn add(&mut self, placed: Placed) {
        let s = placed.scenario;
        let (frame, key) = (placed.frame, placed.key);
        let mut ring = placed.ring.clone();
        if s.before.is_some() || s.after.is_some() {
            if s.share < 1.0 {
                let cut = frame.half_s * (1.0 - 2.0 * s.share);
                self.sites.push(Site::new(frame.slice(-frame.half_s, cut), frame, key, s.before, s.before));
                ring = frame.slice(cut, frame.half_s);
            }
            self.sites.push(Site::new(ring.clone(), frame, key, s.before, s.after));
            if let Outline::Corner(..) = s.outline {
                let corner = frame.slice(frame.half_s * 0.45, frame.half_s * 0.97);
                let own = Frame { origin: frame.world(frame.half_s * 0.71, 0.0), half_s: frame.half_s * 0.26, ..frame };
                self.sites.push(Site::new(corner, own, key ^ 0xC0DE, None, Some(Fill::Buildings)));
            }
        }
        if let Some(kind) = s.kind {
            self.events.push(Event {
                id: self.events.len() + 1,
                kind,
                listed_percent: s.listing.map_or(0, |_| (s.drawn * 100.0) as u32),
                approved: s.paper == Paper::Approved,
                ring,
            });
        }
        self.placed.push(placed);
    }
}

/// Occupied ground, in squares of a kilometre so that large counties stay fast.
#[derive(Default)]
struct Circles {
    squares: std::collections::BTreeMap<(i64, i64), Vec<(Point, f64)>>,
}

impl Circles {
    fn add(&mut self, placed: &Placed) {
        let (p, r) = circle(&placed.frame);
        self.squares.entry(square(p)).or_default().push((p, r));
    }

    fn free(&self, frame: &Frame) -> bool {
        let (p, r) = circle(frame);
        let (i, j) = square(p);
        (i - 1..=i + 1).all(|a| {
            (j - 1..=j + 1).all(|b| {
                self.squares.get(&(a, b)).is_none_or(|v| v.iter().all(|(q, s)| distance(p, *q) > r + s + 18.0))
            })
        })
    }
}

fn circle(f: &Frame) -> (Point, f64) {
    (f.origin, (f.half_s * f.half_s + f.half_t * f.half_t).sqrt())
}

fn square(p: Point) -> (i64, i64) {
    ((p[0] / 1000.0).floor() as i64, (p[1] / 1000.0).floor() as i64)
}

fn place(scene: &Scene, scenario: Scenario, n: usize, circles: &Circles) -> Option<Placed> {
    const TRIES: u64 = 3_000;
    let (low, high) = scene.extent();
    for attempt in 0..TRIES {
        let mut d = Draws::new(hash(scene.world.salt(50), n as i64, attempt as i64));
        // After many failures a smaller site will do, and a field where there are no woods.
        let shrink = [1.0, 0.45, 0.12][(attempt * 4 / TRIES).min(2) as usize];
        let mut scenario = scenario;
        if scenario.ground == Ground::Woods && attempt > TRIES * 3 / 4 {
            scenario.ground = Ground::Fields;
        }
        let p = [d.range(low[0], high[0]), d.range(low[1], high[1])];
        if let Some(placed) = try_at(scene, scenario, p, shrink, &mut d)
            && circles.free(&placed.frame)
        {
            return Some(placed);
        }
    }
    None
}

fn try_at(scene: &Scene, scenario: Scenario, p: Point, shrink: f64, d: &mut Draws) -> Option<Placed> {
    let world = &scene.world;
    let (is, js) = world.blocks(p, p);
    let block = js.flat_map(|j| is.clone().map(move |i| (i, j))).find_map(|(i, j)| {
        let q = super::world::Quad::new([
            world.vertex(i, j),
            world.vertex(i + 1, j),
            world.vertex(i + 1, j + 1),
            world.vertex(i, j + 1),
        ]);
        (0..4).all(|k| q.side_distance(k, p[0], p[1]) > 14.0).then(|| world.block(i, j))
    })?;
    let q = block.quad;
    let edge = if d.chance(0.5) { sub(q.corners[1], q.corners[0]) } else { sub(q.corners[3], q.corners[0]) };
    let l = (edge[0] * edge[0] + edge[1] * edge[1]).sqrt();
    let along = [edge[0] / l, edge[1] / l];
    let (frame, ring) = outline(scenario, p, along, shrink, d);
    // The image must show it, and the land must suit it, at a grid of points a little wider than the site.
    let (low, high) = scene.extent();
    let hidden = scenario.ground == Ground::NoData;
    for a in -4i32..=4 {
        for b in -4i32..=4 {
            let w = frame.world(a as f64 / 4.0 * (frame.half_s + 4.0), b as f64 / 4.0 * (frame.half_t + 4.0));
            let framed = (0..2).all(|k| w[k] > low[k] + 16.0 && w[k] < high[k] - 16.0);
            let roomy = (0..4).all(|k| q.side_distance(k, w[0], w[1]) > 13.0);
            if !framed || !roomy || world.river_distance(w) < 12.0 {
                return None;
            }
            if hidden {
                if scene.has_data(&scene.after, w) || !scene.has_data(&scene.before, w) {
                    return None;
                }
                continue;
            }
            if !scene.has_data(&scene.before, w) || !scene.has_data(&scene.after, w) {
                return None;
            }
            let parcel = block.parcel_at(w)?;
            let suits = match scenario.ground {
                Ground::Fields => matches!(parcel.land, Use::Crop | Use::Grass | Use::Orchard),
                Ground::QuietFields => parcel.land == Use::Crop && parcel.rotation == Rotation::Same,
                Ground::RotatedField => parcel.land == Use::Crop && parcel.rotation == Rotation::Changed,
                Ground::Woods => matches!(parcel.land, Use::Forest | Use::Shrub),
                Ground::NoData => true,
            };
            if !suits {
                return None;
            }
        }
    }
    Some(Placed { scenario, ring, frame, key: d.bits() })
}

fn outline(s: Scenario, p: Point, along: Point, shrink: f64, d: &mut Draws) -> (Frame, Vec<Point>) {
    let log = |d: &mut Draws, low: f64, high: f64| libm::exp(d.range(libm::log(low), libm::log(high)));
    match s.outline {
        Outline::Block(low, high) | Outline::Corner(low, high) => {
            let size = log(d, low, (low + (high - low) * shrink).max(low * 1.1));
            let aspect = d.range(1.0, 2.4);
            let frame =
                Frame { origin: p, along, half_s: (size * aspect).sqrt() / 2.0, half_t: (size / aspect).sqrt() / 2.0 };
            let (a, b) = (frame.half_s, frame.half_t);
            // One site in four is an L; partial stories stay rectangles, so that their shares are exact.
            let plain = s.share < 1.0 || s.drawn < 1.0 || matches!(s.outline, Outline::Corner(..)) || !d.chance(0.25);
            let ring = if plain {
                frame.slice(-a, a)
            } else {
                let (c, e) = (a * d.range(0.1, 0.5), b * d.range(0.0, 0.4));
                frame.ring(&[(-a, -b), (a, -b), (a, e), (c, e), (c, b), (-a, b)])
            };
            (frame, ring)
        }
        Outline::Blob(low, high) => {
            let size = log(d, low, (low + (high - low) * shrink).max(low * 1.1));
            let aspect = d.range(1.0, 1.9);
            let (a, b) = (
                (size * aspect / std::f64::consts::PI).sqrt() * 1.06,
                (size / aspect / std::f64::consts::PI).sqrt() * 1.06,
            );
            let frame = Frame { origin: p, along, half_s: a, half_t: b };
            let (p1, p2) = (d.range(0.0, std::f64::consts::TAU), d.range(0.0, std::f64::consts::TAU));
            let points: Vec<(f64, f64)> = (0..28)
                .map(|k| {
                    let t = k as f64 / 28.0 * std::f64::consts::TAU;
                    let r = 0.84 + 0.09 * libm::sin(2.0 * t + p1) + 0.06 * libm::sin(5.0 * t + p2);
                    (a * r * libm::cos(t), b * r * libm::sin(t))
                })
                .collect();
            (frame, frame.ring(&points))
        }
        Outline::Ribbon(low, high) => {
            let (length, half) = (d.range(130.0, 300.0) * shrink.max(0.45), d.range(low, high) / 2.0);
            let bend = d.range(-9.0, 9.0);
            let middle = |s: f64| bend * libm::sin(s / length * 4.0);
            let n = 12;
            let s = |k: usize| (k as f64 / n as f64 - 0.5) * length;
            let mut points: Vec<(f64, f64)> = (0..=n).map(|k| (s(k), middle(s(k)) - half)).collect();
            points.extend((0..=n).rev().map(|k| (s(k), middle(s(k)) + half)));
            let frame = Frame { origin: p, along, half_s: length / 2.0, half_t: bend.abs() + half };
            (frame, frame.ring(&points))
        }
    }
}

/// Share of a ring's bounding grid points inside the ring for which `good` holds, 0-1.
pub fn share_of(ring: &[Point], step: f64, good: impl Fn(Point) -> bool) -> f64 {
    let (low, high) = bounds(ring);
    let step = step.min(area(ring).sqrt() / 6.0).max(0.5);
    let (mut all, mut hits) = (0u32, 0u32);
    let mut y = low[1] + step / 2.0;
    while y < high[1] {
        let mut x = low[0] + step / 2.0;
        while x < high[0] {
            if super::geometry::inside(ring, x, y) {
                all += 1;
                hits += good([x, y]) as u32;
            }
            x += step;
        }
        y += step;
    }
    if all == 0 { 0.0 } else { hits as f64 / all as f64 }
}
