/** Who sold how much to whom, as rows and columns with totals. */
import type { Cell, Market } from "./messages.generated";

export type Measure = "wh" | "micro";

export interface MatrixRow {
  id: string;
  /** In the order of the columns; undefined where nothing was sold. */
  cells: (Cell | undefined)[];
  total: number;
}

export interface Matrix {
  columns: { id: string; total: number }[];
  rows: MatrixRow[];
  total: number;
  /** The largest size of a cell: what the strongest colour stands for. */
  most: number;
}

export function matrixOf(
  { sellers, buyers, cells }: Pick<Market, "sellers" | "buyers" | "cells">,
  by: Measure,
): Matrix {
  const found = new Map(cells.map((cell) => [`${cell.seller}\n${cell.buyer}`, cell]));
  const rows = sellers.map((seller) => {
    const row = buyers.map((buyer) => found.get(`${seller}\n${buyer}`));
    return { id: seller, cells: row, total: sum(row, by) };
  });
  const columns = buyers.map((buyer, index) => ({
    id: buyer,
    total: sum(
      rows.map((row) => row.cells[index]),
      by,
    ),
  }));
  return {
    columns,
    rows,
    total: sum(cells, by),
    most: Math.max(0, ...cells.map((cell) => Math.abs(cell[by]))),
  };
}

function sum(cells: readonly (Cell | undefined)[], by: Measure): number {
  return cells.reduce((total, cell) => total + (cell?.[by] ?? 0), 0);
}
