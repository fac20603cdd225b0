package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"tocsin/notifier/message"
)

// A table is rows of cells under their heads.
type table struct {
	heads []string
	rows  [][]string
}

// add takes a row. Cells are labels and comments of anybody: nothing in them
// moves the cursor or breaks a line.
func (t *table) add(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.Join(strings.Fields(message.Clean(c)), " ")
	}
	t.rows = append(t.rows, cells)
}

// write prints the rows: aligned and with heads for a person, with tabs and
// without heads for a program.
func (t *table) write(out io.Writer) error {
	var b strings.Builder
	if !terminal(out) {
		for _, row := range t.rows {
			b.WriteString(strings.Join(row, "\t") + "\n")
		}
		_, err := io.WriteString(out, b.String())
		return err
	}
	_, err := io.WriteString(out, t.aligned())
	return err
}

// aligned is the table as a person reads it.
func (t *table) aligned() string {
	rows := append([][]string{t.heads}, t.rows...)
	widths := make([]int, len(t.heads))
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, c := range row {
			line += c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// span is a duration in its two largest units, without one that is nothing.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "-" + span(-d)
	case d.Round(time.Second) < time.Minute:
		return fmt.Sprintf("%ds", d.Round(time.Second)/time.Second)
	case d.Round(time.Minute) < time.Hour:
		return fmt.Sprintf("%dm", d.Round(time.Minute)/time.Minute)
	case d.Round(time.Minute) < day:
		return units(d, time.Hour, "h", time.Minute, "m")
	}
	return units(d, day, "d", time.Hour, "h")
}

// units writes so many of one unit and of the next.
func units(d, large time.Duration, name string, small time.Duration, next string) string {
	d = d.Round(small)
	if rest := d % large; rest > 0 {
		return fmt.Sprintf("%d%s%d%s", d/large, name, rest/small, next)
	}
	return fmt.Sprintf("%d%s", d/large, name)
}
