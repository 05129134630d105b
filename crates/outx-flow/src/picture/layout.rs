//! Where boxes and arrows of one block stand: rows from above to below, each step below those that it waits for.

use crate::graph::Graph;

/// More boxes beside each other are put into rows of their own.
const WIDEST: usize = 5;
/// Between boxes of a row.
const GAP: f64 = 28.0;
/// Between rows.
const ROWS_GAP: f64 = 46.0;
/// How often the rows are put in order and straightened, from above and from below in turn.
const SWEEPS: usize = 8;

/// Where everything stands, from the upper left corner.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The upper left corner of each box.
    pub(super) boxes: Vec<(f64, f64)>,
    /// For each edge `(step, waits for)` the points that it goes through, from above to below.
    pub(super) edges: Vec<Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Something that takes a place in a row: a box, or an arrow on its way through.
#[derive(Debug, Clone)]
struct Place {
    row: usize,
    width: f64,
    /// The middle.
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Puts boxes of these sizes in order, by the graph of their block.
pub(super) fn layout(graph: &Graph, sizes: &[(f64, f64)]) -> Layout {
    let rows_of = rows(graph);
    let mut places: Vec<Place> = rows_of
        .iter()
        .zip(sizes)
        .map(|(row, (width, _))| Place {
            row: *row,
            width: *width,
            x: 0.0,
            above: Vec::new(),
            below: Vec::new(),
        })
        .collect();
    // An arrow that passes rows has a place in each of them.
    let edges = graph.edges();
    let mut ways = Vec::with_capacity(edges.len());
    for (step, on, _) in &edges {
        let (mut way, mut last) = (vec![*on], *on);
        for row in rows_of[*on] + 1..rows_of[*step] {
            let place = places.len();
            places.push(Place { row, width: 10.0, x: 0.0, above: vec![last], below: Vec::new() });
            places[last].below.push(place);
            way.push(place);
            last = place;
        }
        places[last].below.push(*step);
        places[*step].above.push(last);
        way.push(*step);
        ways.push(way);
    }
    let count = places.iter().map(|place| place.row + 1).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (number, place) in places.iter().enumerate() {
        rows[place.row].push(number);
    }
    for row in &rows {
        straighten(&mut places, row, |_, _| None);
    }
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        for at in 0..count {
            let row = if down { at } else { count - 1 - at };
            let middle = |places: &[Place], number: usize| {
                let others = if down { &places[number].above } else { &places[number].below };
                let sum: f64 = others.iter().map(|other| places[*other].x).sum();
                (!others.is_empty()).then(|| sum / length(others))
            };
            let key = |number: &usize| middle(&places, *number).unwrap_or(places[*number].x);
            let mut keyed: Vec<_> = rows[row].iter().map(|number| (key(number), *number)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            rows[row] = keyed.into_iter().map(|(_, number)| number).collect();
            straighten(&mut places, &rows[row], middle);
        }
    }
    placed(&places, &rows, &ways, sizes)
}

/// The row of each step: below all that it waits for, and no more than so many beside each other.
fn rows(graph: &Graph) -> Vec<usize> {
    let mut order: Vec<_> = (0..graph.len()).collect();
    order.sort_by_key(|step| graph.place(*step));
    let mut ranks = vec![0; graph.len()];
    for step in &order {
        ranks[*step] = graph.dependencies(*step).iter().map(|(on, _)| ranks[*on] + 1).max().unwrap_or(0);
    }
    let last = ranks.iter().copied().max().unwrap_or(0);
    let (mut rows, mut first) = (vec![0; graph.len()], 0);
    for rank in 0..=last {
        let members: Vec<_> = (0..graph.len()).filter(|step| ranks[*step] == rank).collect();
        for (place, step) in members.iter().enumerate() {
            rows[*step] = first + place / WIDEST;
        }
        first += members.len().div_ceil(WIDEST);
    }
    rows
}

/// Moves the places of a row as near as can be to where they would like to be, without changing their order: neighbours
/// that would overlap are moved together, to the mean of their wishes.
fn straighten(places: &mut [Place], row: &[usize], wish: impl Fn(&[Place], usize) -> Option<f64>) {
    // Where the middle of each would be if the first one stood at 0.
    let mut offsets = Vec::with_capacity(row.len());
    let mut at = 0.0;
    for (number, place) in row.iter().enumerate() {
        if number > 0 {
            at += f64::midpoint(places[row[number - 1]].width, places[*place].width) + GAP;
        }
        offsets.push(at);
    }
    // Pools of neighbours: the sum of their wishes, how many they are.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (place, offset) in row.iter().zip(&offsets) {
        let wanted = wish(places, *place).unwrap_or(places[*place].x);
        pools.push((wanted - offset, 1));
        while let [.., (one, count), (other, more)] = pools.as_slice() {
            if one / number(*count) <= other / number(*more) {
                break;
            }
            let pool = (one + other, count + more);
            pools.truncate(pools.len() - 2);
            pools.push(pool);
        }
    }
    let means = pools.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / number(*count), *count));
    for ((place, offset), mean) in row.iter().zip(&offsets).zip(means) {
        places[*place].x = mean + offset;
    }
}

/// The picture's own coordinates.
fn placed(places: &[Place], rows: &[Vec<usize>], ways: &[Vec<usize>], sizes: &[(f64, f64)]) -> Layout {
    let left = places.iter().map(|place| place.x - place.width / 2.0).fold(f64::INFINITY, f64::min);
    let right = places.iter().map(|place| place.x + place.width / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let height_of = |number: usize| sizes.get(number).map_or(0.0, |(_, height)| *height);
    let mut tops = Vec::with_capacity(rows.len());
    let mut y = 0.0;
    for row in rows {
        let height = row.iter().map(|number| height_of(*number)).fold(0.0, f64::max);
        tops.push((y, height));
        y += height + ROWS_GAP;
    }
    let top = |number: usize| {
        let (top, height) = tops[places[number].row];
        // Low boxes stand in the middle of their row.
        top + (height - height_of(number)) / 2.0
    };
    let boxes = (0..sizes.len()).map(|number| {
        let place = &places[number];
        (place.x - place.width / 2.0 - left, top(number))
    });
    let edges = ways.iter().map(|way| {
        let mut points = Vec::new();
        for (at, number) in way.iter().enumerate() {
            let x = places[*number].x - left;
            if at == 0 {
                points.push((x, top(*number) + height_of(*number)));
            } else if at + 1 == way.len() {
                points.push((x, top(*number)));
            } else {
                let (top, height) = tops[places[*number].row];
                points.extend([(x, top), (x, top + height)]);
            }
        }
        points
    });
    Layout {
        boxes: boxes.collect(),
        edges: edges.collect(),
        width: if places.is_empty() { 0.0 } else { right - left },
        height: (y - ROWS_GAP).max(0.0),
    }
}

fn length(list: &[usize]) -> f64 {
    number(list.len())
}

#[expect(clippy::cast_precision_loss, reason = "a picture has few boxes")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Strength;
    use proptest::prelude::*;

    fn graph(steps: usize, edges: &[(usize, usize)]) -> Graph {
        let edges: Vec<_> = edges.iter().map(|(step, on)| (*step, *on, Strength::Need)).collect();
        Graph::new(steps, &edges).unwrap()
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_every_arrow_goes_down(
            steps in 1_usize..40,
            edges in prop::collection::vec((0_usize..40, 0_usize..40), 0..80),
            tall in prop::collection::vec(20.0_f64..200.0, 40),
        ) {
            let edges: Vec<_> = edges.into_iter().filter(|(step, on)| on < step && *step < steps).collect();
            let sizes: Vec<_> = tall[..steps].iter().map(|height| (height * 1.5, *height)).collect();
            let layout = layout(&graph(steps, &edges), &sizes);
            for (one, (x, y)) in layout.boxes.iter().enumerate() {
                let (width, height) = sizes[one];
                prop_assert!(*x >= -0.001 && x + width <= layout.width + 0.001);
                prop_assert!(*y >= 0.0 && y + height <= layout.height + 0.001);
                for (other, (left, top)) in layout.boxes.iter().enumerate().skip(one + 1) {
                    let (wide, high) = sizes[other];
                    let apart = x + width <= left + 0.001 || left + wide <= x + 0.001;
                    prop_assert!(apart || y + height <= top + 0.001 || top + high <= y + 0.001);
                }
            }
            for points in &layout.edges {
                prop_assert!(points.windows(2).all(|pair| pair[0].1 <= pair[1].1 + 0.001), "{:?}", points);
            }
        }
    }

    #[test]
    fn a_chain_is_straight() {
        let layout = layout(&graph(3, &[(1, 0), (2, 1)]), &[(100.0, 40.0), (60.0, 40.0), (80.0, 40.0)]);
        let middles: Vec<_> =
            layout.boxes.iter().zip([100.0, 60.0, 80.0]).map(|((x, _), width)| x + width / 2.0).collect();
        assert!(middles.iter().all(|middle| (middle - 50.0).abs() < 0.001), "{middles:?}");
    }
}
