package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A meter draws how far a long command is, on a terminal, from its first
// second on. In a pipe it draws nothing.
type meter struct {
	out         io.Writer
	began, last time.Time
	drawn       bool
}

// meter returns one that draws on stderr; nil, which draws nothing, if nobody
// is there to see it.
func (w process) meter() *meter {
	if !terminal(w.err) {
		return nil
	}
	return &meter{out: w.err, began: time.Now()}
}

// show draws how much is done, from 0 to 1, and how long the rest will take.
func (p *meter) show(done float64, text string) {
	if p == nil {
		return
	}
	now := time.Now()
	if now.Sub(p.began) < time.Second || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.drawn = now, true
	_, _ = fmt.Fprint(p.out, "\r\x1b[K"+bar(done, now.Sub(p.began))+"  "+text)
}

// end takes the bar away.
func (p *meter) end() {
	if p != nil && p.drawn {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}

const barCells = 24

// bar is how far something is that has taken so long.
func bar(done float64, took time.Duration) string {
	done = min(max(done, 0), 1)
	full := int(done * barCells)
	left := ""
	if done > 0 {
		left = ", " + span(time.Duration(float64(took)*(1-done)/done)) + " left"
	}
	return fmt.Sprintf("%s%s %3.0f%%%s", strings.Repeat("█", full), strings.Repeat("░", barCells-full), done*100, left)
}
