"use strict";

// Where the boxes and lines of a stage stand. A few passes over nodes and edges, each in the order of the graph, so that equal graphs get
// equal pictures and a small change moves little:
//   1. rows      a box stands one row below the lowest of those that it reads; what hangs on constants alone moves down to its reader
//   2. chains    a box and the reader with the longest way ahead of it form a straight line
//   3. columns   each chain takes the free column closest to where it was in the stage before, else to the chain that it leaves
//   4. trunks    what is read further down than in the next row gets one lane between two columns for all its readers
//   5. tracks    lines across, between two rows, lie side by side

const BOX = { width: 190, height: 42 };
const GAP = { row: 30, track: 7, tracks: 140, column: 26, lane: 9 };

// A graph as the layout sees it: `count` boxes in topological order, and for each value that is computed and read { from, to: [{ box }] }.
function layoutGraph(graph, columnsBefore) {
  const count = graph.count;
  const readers = Array.from({ length: count }, () => []);
  const sources = Array.from({ length: count }, () => []);
  for (const edge of graph.edges) {
    for (const end of edge.to) {
      readers[edge.from].push(end.box);
      sources[end.box].push(edge.from);
    }
  }
  const rows = rowsOf(count, sources, readers, graph.isSource);
  const chains = chainsOf(count, sources, readers, rows);
  const columns = columnsOf(chains, sources, readers, rows, columnsBefore);
  placePorts(graph, columns, chains);
  return route(graph, rows, columns, chains);
}

function rowsOf(count, sources, readers, isSource) {
  const rows = new Int32Array(count);
  const floats = new Uint8Array(count);
  for (let box = 0; box < count; box++) {
    floats[box] = 1;
    for (const source of sources[box]) {
      rows[box] = Math.max(rows[box], rows[source] + 1);
      if (!floats[source]) floats[box] = 0;
    }
    if (sources[box].length === 0 && isSource(box)) floats[box] = 0;
  }
  for (let box = count - 1; box >= 0; box--) {
    if (!(floats[box] || sources[box].length === 0) || readers[box].length === 0) continue;
    let row = Infinity;
    for (const reader of readers[box]) row = Math.min(row, rows[reader]);
    rows[box] = row - 1;
  }
  // Nothing stands above the first row, and no row is empty.
  const used = new Uint8Array(count + 1);
  for (const row of rows) used[row] = 1;
  const place = new Int32Array(count + 1);
  for (let row = 1; row <= count; row++) place[row] = place[row - 1] + used[row - 1];
  return rows.map((row) => place[row]);
}

function chainsOf(count, sources, readers, rows) {
  const ahead = new Int32Array(count);
  const next = new Int32Array(count).fill(-1);
  for (let box = count - 1; box >= 0; box--) {
    for (const reader of readers[box]) {
      if (next[box] < 0 || ahead[reader] > ahead[next[box]]) next[box] = reader;
    }
    if (next[box] >= 0) ahead[box] = ahead[next[box]] + 1;
  }
  const before = new Int32Array(count).fill(-1);
  for (let box = 0; box < count; box++) {
    for (const source of sources[box]) {
      if (next[source] === box && (before[box] < 0 || rows[source] > rows[before[box]])) before[box] = source;
    }
  }
  const chain = new Int32Array(count).fill(-1);
  const list = [];
  for (let box = 0; box < count; box++) {
    const source = before[box];
    chain[box] = source >= 0 ? chain[source] : list.length;
    if (source < 0) list.push({ first: box, last: box, boxes: [box] });
    else {
      list[chain[box]].boxes.push(box);
      list[chain[box]].last = box;
    }
  }
  return { of: chain, list, before };
}

function columnsOf(chains, sources, readers, rows, columnsBefore) {
  const column = new Int32Array(chains.list.length).fill(0x7fffffff);
  const isPlaced = (box) => column[chains.of[box]] !== 0x7fffffff;
  const order = chains.list.map((_, index) => index);
  order.sort((a, b) => rows[chains.list[a].first] - rows[chains.list[b].first] || a - b);
  const ends = new Map();
  // Free columns close to a wish are looked for from where the last search with the same wish ended, while that row lasts.
  for (const index of order) {
    const { first, last, boxes } = chains.list[index];
    const start = rows[first];
    let wish;
    if (columnsBefore) for (const box of boxes) if (wish === undefined && columnsBefore[box] !== undefined) wish = columnsBefore[box];
    if (wish === undefined) {
      const neighbour = sources[first].find(isPlaced) ?? readers[last].find(isPlaced);
      wish = neighbour === undefined ? 0 : column[chains.of[neighbour]];
    }
    const isFree = (place) => !(ends.get(place) >= start);
    let step = 0;
    while (!isFree(wish + step) && !isFree(wish - step)) step++;
    column[index] = isFree(wish + step) ? wish + step : wish - step;
    ends.set(column[index], rows[last]);
  }
  return chains.of.map((chain) => column[chain]);
}

// Where lines leave and meet a box, from its middle: a chain goes straight through, others stand on the side that they come from.
function placePorts(graph, columns, chains) {
  const leaving = Array.from({ length: graph.count }, () => []), arriving = Array.from({ length: graph.count }, () => []);
  for (const edge of graph.edges) {
    const isMain = edge.to.some((end) => chains.before[end.box] === edge.from);
    const lean = edge.to.reduce((sum, end) => sum + Math.sign(columns[end.box] - columns[edge.from]), 0);
    leaving[edge.from].push({ line: edge, isMain, lean });
    for (const end of edge.to) {
      const isStraight = chains.before[end.box] === edge.from;
      arriving[end.box].push({ line: end, isMain: isStraight, lean: Math.sign(columns[edge.from] - columns[end.box]) });
    }
  }
  for (const ports of [...leaving, ...arriving]) {
    const main = Math.max(0, ports.findIndex((port) => port.isMain));
    const step = Math.min(0.13, 0.86 / Math.max(1, ports.length));
    let left = 0, right = 0;
    ports.forEach((port, index) => {
      if (index === main) port.line.port = 0;
      else if (port.lean < 0 || (port.lean === 0 && left < right)) port.line.port = -step * ++left;
      else port.line.port = step * ++right;
      port.line.port = Math.max(-0.44, Math.min(0.44, port.line.port));
    });
  }
}

// Lines, lanes and tracks, and with them the places of all boxes.
function route(graph, rows, columns, chains) {
  const count = graph.count;
  let rowCount = 0, left = 0, right = 0;
  for (let box = 0; box < count; box++) {
    rowCount = Math.max(rowCount, rows[box] + 1);
    left = Math.min(left, columns[box]);
    right = Math.max(right, columns[box]);
  }
  // Lane ends by gap: gap g is right of column g.
  const lanes = new Map();
  const trunks = new Array(graph.edges.length).fill(null);
  const order = graph.edges.map((_, index) => index).sort((a, b) => rows[graph.edges[a].from] - rows[graph.edges[b].from] || a - b);
  const isStraight = (edge, end) => chains.before[end.box] === edge.from && end.port === 0 && edge.port === 0;
  for (const index of order) {
    const edge = graph.edges[index], row = rows[edge.from], own = columns[edge.from];
    let end = -1, lean = 0;
    for (const reader of edge.to) {
      if (rows[reader.box] <= row + 1 || isStraight(edge, reader)) continue;
      end = Math.max(end, rows[reader.box] - 1);
      lean += Math.sign(columns[reader.box] - own);
    }
    if (end < 0) continue;
    const free = (gap) => {
      const ends = lanes.get(gap) ?? [];
      const lane = ends.findIndex((last) => last < row + 1);
      return lane < 0 ? ends.length : lane;
    };
    const gap = lean > 0 || (lean === 0 && free(own) <= free(own - 1)) ? own : own - 1;
    const lane = free(gap);
    if (!lanes.has(gap)) lanes.set(gap, []);
    lanes.get(gap)[lane] = end;
    trunks[index] = { gap, lane, end };
  }
  // Columns that this stage has no box in take no room.
  const xs = new Map(), usedColumns = new Set(columns);
  let x = 0;
  for (let place = left - 1; place <= right; place++) {
    const used = (lanes.get(place) ?? []).length;
    if (place >= left) {
      xs.set(place, x + BOX.width / 2);
      if (usedColumns.has(place)) x += BOX.width;
      else if (used === 0) continue;
    }
    lanes.set(place, x + GAP.column / 2 + 2);
    x += Math.max(GAP.column, used > 0 ? GAP.column + (used - 1) * GAP.lane : 0);
  }
  const middle = xs.get(0) ?? 0;
  const portX = (box, port) => xs.get(columns[box]) + port * BOX.width - middle;
  const laneX = (trunk) => lanes.get(trunk.gap) + trunk.lane * GAP.lane - middle;

  // Lines across, by the row above them: those that begin there first, so that what goes down does not meet what arrives.
  const channels = Array.from({ length: rowCount }, () => []);
  const lines = [];
  for (const index of order) {
    const edge = graph.edges[index], trunk = trunks[index], row = rows[edge.from];
    const from = portX(edge.from, edge.port), line = { edge: index, from, row, buses: [], lane: trunk ? laneX(trunk) : 0, end: row };
    const start = { row, xs: [from], ends: [], low: from, high: from, track: 0, begins: true };
    if (trunk) start.xs.push(line.lane);
    const arrivals = new Map();
    for (const end of edge.to) {
      const target = rows[end.box], at = portX(end.box, end.port);
      if (target === row + 1) {
        start.xs.push(at);
        start.ends.push(at);
      } else if (isStraight(edge, end)) {
        line.straight = target;
      } else {
        if (!arrivals.has(target - 1)) arrivals.set(target - 1, { row: target - 1, xs: [line.lane], ends: [], track: 0, begins: false });
        arrivals.get(target - 1).xs.push(at);
        arrivals.get(target - 1).ends.push(at);
        line.end = Math.max(line.end, target - 1);
      }
    }
    for (const bus of [start, ...arrivals.values()]) {
      bus.low = Math.min(...bus.xs);
      bus.high = Math.max(...bus.xs);
      line.buses.push(bus);
      if (bus.high > bus.low) channels[bus.row].push(bus);
    }
    lines.push(line);
  }
  const tops = new Float64Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) {
    const buses = channels[row].sort((a, b) => Number(b.begins) - Number(a.begins) || a.low - b.low || a.high - b.high);
    const ends = [];
    let firstArrival = 0;
    for (const bus of buses) {
      let track = bus.begins ? 0 : firstArrival;
      while (track < ends.length && ends[track] + GAP.lane > bus.low) track++;
      ends[track] = bus.high;
      bus.track = track;
      if (bus.begins) firstArrival = ends.length;
    }
    const step = ends.length > 1 ? Math.min(GAP.track, GAP.tracks / (ends.length - 1)) : 0;
    const bottom = tops[row] + BOX.height;
    for (const bus of buses) bus.y = bottom + GAP.row / 2 + bus.track * step;
    tops[row + 1] = bottom + GAP.row + Math.max(0, ends.length - 1) * step;
  }
  const boxes = Array.from({ length: count }, (_, box) => ({ x: portX(box, 0) - BOX.width / 2, y: tops[rows[box]] }));
  const byRow = Array.from({ length: rowCount }, () => []);
  for (let box = 0; box < count; box++) byRow[rows[box]].push(box);
  let low = Infinity, high = -Infinity;
  for (const box of boxes) {
    low = Math.min(low, box.x);
    high = Math.max(high, box.x + BOX.width);
  }
  for (const line of lines) {
    low = Math.min(low, line.buses[0].low);
    high = Math.max(high, line.buses[0].high);
  }
  const bounds = count > 0 ? { left: low, right: high, top: 0, bottom: tops[rowCount] - GAP.row } : { left: 0, right: 0, top: 0, bottom: 0 };
  return { boxes, rows, columns, tops, byRow, lines, bounds, edges: graph.edges };
}
