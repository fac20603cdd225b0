package main

import (
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

// A period is the time that is looked at.
type period struct {
	since, until, now model.Time
	zone              *time.Location
}

func (f pastFlags) period(now time.Time) (p period, err error) {
	p.now = model.TimeFromUnixNano(now.UnixNano())
	if p.since, err = instant("--since", f.Since, p.now); err != nil {
		return p, err
	}
	p.until = p.now
	if f.Until != "" {
		if p.until, err = instant("--until", f.Until, p.now); err != nil {
			return p, err
		}
	}
	if p.zone, err = time.LoadLocation(f.Timezone); err != nil {
		return p, usageError("--timezone: %q is no time zone, such as UTC or Europe/Berlin", f.Timezone)
	}
	if p.until > p.now {
		return p, usageError("--until is in the future, of which nothing is known")
	}
	if p.since >= p.until {
		return p, usageError("--since is not before --until: the period is empty")
	}
	return p, nil
}

// instant reads a time: how long ago, RFC 3339, or seconds since 1970.
func instant(flag, text string, now model.Time) (model.Time, error) {
	if d, err := model.ParseDuration(text); err == nil {
		return now.Add(-time.Duration(d)), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return model.TimeFromUnixNano(t.UnixNano()), nil
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds <= now.Time().Sub(time.Unix(0, 0)).Seconds() {
		return model.Time(seconds * 1000), nil
	}
	return 0, usageError("%s: %q is neither a duration (7d), nor an instant of the past (2026-01-31T08:00:00Z, or seconds since 1970)", flag, text)
}

// progress draws how far a run through the period is.
func (p period) progress(bar *meter) func(model.Time) {
	return func(at model.Time) {
		bar.show(float64(at-p.since)/float64(p.until-p.since), at.Time().UTC().Format("2006-01-02 15:04"))
	}
}
