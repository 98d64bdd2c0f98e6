// A walk over the valid columns of rows laid end to end, so that all invocations have work however
// short the rows are.
struct Place {
    row: u32,
    column: u32,
}

// Beyond every row: where the walk over an item without valid columns begins.
const NOWHERE: u32 = 0xffffffff;

// So many valid elements after a column of a row.
fn place_after(row: u32, column: u32, elements: u32, valid: u32) -> Place {
    if (valid == 0u) {
        return Place(NOWHERE, 0u);
    }
    let ahead = column + elements;
    return Place(row + ahead / valid, ahead % valid);
}

// Advances by a stride that is itself given as rows and columns, `place_after(0, 0, lanes, valid)`:
// one division for the whole walk.
fn advance(place: Place, stride: Place, valid: u32) -> Place {
    let column = place.column + stride.column;
    if (column < valid) {
        return Place(place.row + stride.row, column);
    }
    return Place(place.row + stride.row + 1u, column - valid);
}
