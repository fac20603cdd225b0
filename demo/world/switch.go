package world

import (
	"time"
)

// A Switch makes something go wrong while it is on.
type Switch string

// The switches.
const (
	Latency Switch = "latency"
	Errors  Switch = "errors"
	Memory  Switch = "memory"
	Silence Switch = "silence"
	Flap    Switch = "flap"
)

// FlapHigh and FlapLow are how long the memory of a flapping instance is high,
// and then low again: longer than the rules of the demo take to see either.
const (
	FlapHigh = 16 * time.Second
	FlapLow  = 10 * time.Second
)

// A State is a switch as it is shown.
type State struct {
	Switch      Switch
	Label, Help string
	On          bool
}

// Switches returns all switches, always in the same order.
func (w *World) Switches() []State {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []State
	for _, s := range []Switch{Latency, Errors, Memory, Silence, Flap} {
		state, _ := s.text()
		_, state.On = w.thrown[s]
		out = append(out, state)
	}
	return out
}

// text returns how a switch is shown, and whether there is such a switch.
func (s Switch) text() (State, bool) {
	switch s {
	case Latency:
		return State{s, "Raise latency", "A slow database: the API takes four times as long and burns CPU, the pages wait for it.", false}, true
	case Errors:
		return State{s, "Raise errors", "A bad deployment: a fifth of the API's answers are 500, and a few of the pages fail with them.", false}, true
	case Memory:
		return State{s, "Fill memory", "A leak: api-1 fills its memory within ten seconds.", false}, true
	case Silence:
		return State{s, "Stop the metrics", "The API can't be scraped any more: up is 0, and its other series end.", false}, true
	case Flap:
		return State{s, "Flap", "The memory of web-0 jumps up and down, across the threshold and back. The fourth time it is told as flapping, and ten minutes after the last as over.", false}, true
	}
	return State{}, false
}

// faults are what the switches do to one instance at one time.
type faults struct {
	silent  bool
	slow    float64 // factor of the time that requests take; 1 is none
	failing float64 // share of answers that are 500, above the usual
	burning float64 // share of the CPU, above the usual
	leaked  float64 // share of the memory, above the usual
}

func (w *World) faults(i *instance) faults {
	f := faults{slow: 1}
	api := i.job == "api"
	since, on := w.since(Latency)
	if on {
		rise := ramp(since, 3*time.Second)
		f.slow = 1 + choose(api, 3, 1.2)*rise
		f.burning = choose(api, 0.52, 0) * rise
	}
	if _, on := w.since(Errors); on {
		f.failing = choose(api, 0.20, 0.02)
	}
	if since, on := w.since(Memory); on && i.name == "api-1" {
		f.leaked = 0.40 * ramp(since, 10*time.Second)
	}
	if _, on := w.since(Silence); on {
		f.silent = api
	}
	if since, on := w.since(Flap); on && i.name == "web-0" && since%(FlapHigh+FlapLow) < FlapHigh {
		f.leaked = 0.33
	}
	return f
}

// since returns for how long a switch has been on at the scrape that is due.
func (w *World) since(s Switch) (time.Duration, bool) {
	at, on := w.thrown[s]
	return w.next.Sub(at), on
}

// ramp rises from 0 to 1 within a time and stays there.
func ramp(since, within time.Duration) float64 {
	return min(1, float64(since)/float64(within))
}

func choose(first bool, a, b float64) float64 {
	if first {
		return a
	}
	return b
}
