//! Where the knots of a net stand: in layers from left to right, ordered so that few legs cross.

use super::net::Net;

/// How often the order within layers is improved.
const SWEEPS: usize = 8;

/// The layers of a net, each a list of knots from top to bottom.
pub(super) fn layers(net: &Net) -> Vec<Vec<usize>> {
    let depths = depths(net);
    let count = depths.iter().max().map_or(0, |deepest| deepest.saturating_add(1));
    let mut layers = vec![Vec::new(); count];
    for (knot, depth) in depths.iter().enumerate() {
        if let Some(layer) = layers.get_mut(*depth) {
            layer.push(knot);
        }
    }
    let (mut to, mut from) = (vec![Vec::new(); depths.len()], vec![Vec::new(); depths.len()]);
    for leg in &net.legs {
        to.get_mut(leg.to).into_iter().for_each(|list| list.push(leg.from));
        from.get_mut(leg.from).into_iter().for_each(|list| list.push(leg.to));
    }
    let mut heights = vec![0.0; depths.len()];
    place(&layers, &mut heights);
    for sweep in 0..SWEEPS {
        let neighbours = if sweep % 2 == 0 { &to } else { &from };
        for layer in &mut layers {
            // Where neighbours do not decide, the order stays.
            let mut keyed: Vec<(f64, usize)> = layer
                .iter()
                .map(|knot| {
                    let middle = middle(neighbours.get(*knot), &heights);
                    (middle.unwrap_or_else(|| at(&heights, *knot)), *knot)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            *layer = keyed.into_iter().map(|(_, knot)| knot).collect();
            place(std::slice::from_ref(layer), &mut heights);
        }
    }
    layers
}

/// How many legs lie before each knot at most; a loop adds none.
fn depths(net: &Net) -> Vec<usize> {
    let mut depths = vec![0_usize; net.knots.len()];
    // The longest way without a loop has as many legs as there are knots.
    for _ in 0..net.knots.len() {
        let mut moved = false;
        for leg in &net.legs {
            let below = depths.get(leg.from).copied().unwrap_or_default().saturating_add(1);
            if let Some(own) = depths.get_mut(leg.to)
                && *own < below
                && below < net.knots.len()
            {
                *own = below;
                moved = true;
            }
        }
        if !moved {
            return depths;
        }
    }
    depths
}

/// Spreads every layer over the same height.
fn place(layers: &[Vec<usize>], heights: &mut [f64]) {
    for layer in layers {
        let count = to_f64(layer.len());
        for (nth, knot) in layer.iter().enumerate() {
            if let Some(height) = heights.get_mut(*knot) {
                *height = (to_f64(nth) + 0.5) / count;
            }
        }
    }
}

fn middle(neighbours: Option<&Vec<usize>>, heights: &[f64]) -> Option<f64> {
    let neighbours = neighbours.filter(|list| !list.is_empty())?;
    let sum: f64 = neighbours.iter().map(|knot| at(heights, *knot)).sum();
    Some(sum / to_f64(neighbours.len()))
}

fn at(heights: &[f64], knot: usize) -> f64 {
    heights.get(knot).copied().unwrap_or_default()
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::layers;
    use crate::report::paths::net::{Kind, Knot, Leg, Net};

    fn net(knots: usize, legs: &[(usize, usize)]) -> Net {
        let mut net = Net::default();
        net.knots = (0..knots)
            .map(|nth| Knot {
                kind: Kind::Relay,
                name: nth.to_string(),
                end: None,
                reasons: Vec::new(),
                notes: Vec::new(),
            })
            .collect();
        net.legs = legs
            .iter()
            .map(|(from, to)| Leg {
                from: *from,
                to: *to,
                transports: Vec::new(),
                processors: Vec::new(),
                headers: Vec::new(),
                services: 1,
            })
            .collect();
        net
    }

    #[test]
    fn a_leg_goes_to_the_right_and_legs_do_not_cross_where_they_need_not() {
        // 0 -> 3, 1 -> 2, both -> 4.
        let found = layers(&net(5, &[(0, 3), (1, 2), (3, 4), (2, 4)]));
        assert_eq!(found, [vec![0, 1], vec![3, 2], vec![4]]);
    }

    #[test]
    fn a_loop_ends() {
        let found = layers(&net(3, &[(0, 1), (1, 2), (2, 1)]));
        assert_eq!(found.iter().flatten().count(), 3);
        assert_eq!(layers(&net(0, &[])), Vec::<Vec<usize>>::new());
    }
}
