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

// span is a duration in its largest unit, or its two largest.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "-" + span(-d)
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
}
