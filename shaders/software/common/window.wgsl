// What an invocation's eight positions see of one input channel under one tap: a window that slides
// along a row of x, one load a tap. The kernel declares the override PROLOGUE, the binding
// `x: array<f32>` and the members `inputs`, `columns` and `prologue_slope` of
// `params`. Needs `block` and `block_weights`.
struct Window {
    near: vec4<f32>,  // positions 0..4
    far: vec4<f32>,   // positions 4..8
}

// Moves the window up by one position, to end at this column of the row that begins at `row`. A column
// before the first has wrapped around and so is beyond the last.
fn slide(window: ptr<function, Window>, row: u32, column: u32) {
    let is_inside = column < params.columns;
    let value = x[row + select(0u, column, is_inside)];
    let last = select(0.0, activate(PROLOGUE, params.prologue_slope, value), is_inside);
    (*window).near = vec4((*window).near.yzw, (*window).far.x);
    (*window).far = vec4((*window).far.yzw, last);
}

// A row of two neighbouring input channels, and where the columns seen by position 0 begin.
struct Rows {
    row: u32,
    next_row: u32,
    // Where there is no row, no column is inside, and steps stay there.
    start: u32,
    step: u32,
    next_start: u32,
    next_step: u32,
    // From the weights of the one channel to those of the next.
    to_next: u32,
}

// The rows of channel `c` and the next. An odd number of channels ends with one without columns.
fn rows_of(c: u32, row: u32, start: u32, step: u32, plane: u32) -> Rows {
    if (c + 1u < params.inputs) {
        return Rows(row, row + plane, start, step, start, step, 1u);
    }
    return Rows(row, row, start, step, params.columns, 0u, 0u);
}

// Moves both windows to end `position` steps from the start.
fn slide_both(
    window: ptr<function, Window>, next: ptr<function, Window>, rows: Rows, position: u32) {
    slide(window, rows.row, rows.start + position * rows.step);
    slide(next, rows.next_row, rows.next_start + position * rows.next_step);
}

// Adds the products of both channels under one tap, `index` being the first one's weights.
fn add_both(
    index: u32,
    to_next: u32,
    lane: u32,
    window: ptr<function, Window>,
    next: ptr<function, Window>,
    block: ptr<function, Block>,
) {
    multiply_add(block, weights_of_lane(index, lane), (*window).near, (*window).far);
    multiply_add(block, weights_of_lane(index + to_next, lane), (*next).near, (*next).far);
}
