package rules

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
)

// A Config is all that the core needs to know; it is never changed once made.
type Config struct {
	Rules     []*Rule // sorted by Key, keys unique
	Route     *Route  // never nil
	Receivers []Receiver
	Inhibit   []InhibitRule
	// SelfReceiver is told of tocsin's own alerts in place of whom routes say; empty:
	// routes say it.
	SelfReceiver string
	Sources      []Source // sorted by Name

	ExternalLabels labels.Labels
	ExternalURL    string // as templates of labels see it
	AlertRelabel   []*relabel.Config
	Severity       SeverityLabels
	Limits         Limits

	// Missing are patterns of rule files that match no file. At start, state of a
	// rule that is not in Rules is then held, since its file may come back.
	Missing []string
}

// A Source is a Prometheus, or several that answer alike.
type Source struct {
	Name        string
	Timeout     time.Duration // deadline of one query
	DownAfter   time.Duration // no query succeeded for so long: one alert
	Concurrency int           // queries in flight at once
}

// SeverityLabels are the values of the label severity by level.
type SeverityLabels struct{ Warn, Error string }

// Of returns the value of the label severity at a level.
func (s SeverityLabels) Of(l Level) string {
	switch l {
	case Warn:
		return s.Warn
	case Error:
		return s.Error
	case OK:
	}
	return ""
}

// Limits bound what one daemon holds.
type Limits struct {
	SeriesPerRule int
	ActiveAlerts  int
}
