//! Where the indicator goes on screens that share one plane: bottom centre of the monitor with the focus,
//! above panels. All in pixels.

/// A rectangle; `x` grows to the right and `y` downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

/// Left upper corner for something of `size` that is to be seen by somebody who looks at `focus`.
///
/// `free` is what panels leave of all monitors together, if the desktop says. Between it and the lower
/// edge stay `margin` pixels.
pub fn corner(
    monitors: &[Area],
    focus: (i32, i32),
    free: Option<Area>,
    size: (i32, i32),
    margin: i32,
) -> (i32, i32) {
    let monitor = monitors.iter().min_by_key(|monitor| distance(monitor, focus));
    let Some(&monitor) = monitor else { return (0, 0) };
    // Some desktops count a panel that lies between two monitors as the height of both.
    let usable = free.and_then(|free| common(monitor, free)).filter(|area| area.height >= monitor.height / 2);
    let area = usable.unwrap_or(monitor);
    let x = monitor.x + (monitor.width - size.0) / 2;
    let lowest = (monitor.y + monitor.height - size.1).max(monitor.y);
    let y = area.y + area.height - size.1 - margin;
    (x.max(monitor.x), y.clamp(monitor.y, lowest))
}

/// Square of the distance from a point; 0 inside.
fn distance(area: &Area, (x, y): (i32, i32)) -> i64 {
    let dx = (area.x - x).max(x - (area.x + area.width - 1)).max(0);
    let dy = (area.y - y).max(y - (area.y + area.height - 1)).max(0);
    i64::from(dx) * i64::from(dx) + i64::from(dy) * i64::from(dy)
}

fn common(a: Area, b: Area) -> Option<Area> {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let width = (a.x + a.width).min(b.x + b.width) - x;
    let height = (a.y + a.height).min(b.y + b.height) - y;
    (width > 0 && height > 0).then_some(Area { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Area = Area { x: 0, y: 0, width: 1920, height: 1080 };
    const RIGHT: Area = Area { x: 1920, y: 200, width: 1280, height: 800 };
    const SIZE: (i32, i32) = (220, 44);

    #[test]
    fn it_is_at_the_bottom_of_the_monitor_with_the_focus() {
        let both = [LEFT, RIGHT];
        let panel = Some(Area { x: 0, y: 0, width: 3200, height: 1040 });
        let table = [
            ((500, 500), None, (850, 1080 - 44 - 24)),
            ((500, 500), panel, (850, 1040 - 44 - 24)),
            // The right monitor ends above the panel.
            ((2500, 500), panel, (1920 + 530, 1000 - 44 - 24)),
            // Half a window is off the screen.
            ((3300, 1500), None, (1920 + 530, 1000 - 44 - 24)),
            // A free area that leaves nothing of the monitor is not believed.
            ((2500, 500), Some(Area { x: 0, y: 0, width: 1920, height: 1040 }), (1920 + 530, 1000 - 44 - 24)),
            ((500, 500), Some(Area { x: 0, y: 0, width: 1920, height: 60 }), (850, 1080 - 44 - 24)),
        ];
        for (focus, free, corner_there) in table {
            assert_eq!(corner(&both, focus, free, SIZE, 24), corner_there, "{focus:?} {free:?}");
        }
    }

    #[test]
    fn it_stays_on_a_monitor_that_is_too_small_for_it() {
        let tiny = Area { x: 10, y: 10, width: 100, height: 30 };
        assert_eq!(corner(&[tiny], (0, 0), None, SIZE, 24), (10, 10));
        assert_eq!(corner(&[], (0, 0), None, SIZE, 24), (0, 0));
    }
}
