package promlocal

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// LoadSeries appends series written as in promtool's tests, one a line:
//
//	up{job="api"}            1x10 0 _ stale 1+0x3
//	http_requests_total{}    0+10x100
//
// The first value is at start, each further one a step later; `_` leaves one
// out and `stale` ends the series until its next value. Empty lines and lines
// that begin with # are skipped. Nothing is appended if a line can't be read.
func (s *Source) LoadSeries(text string, start model.Time, step time.Duration) error {
	var all []Sample
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		ls, values, err := s.parser.ParseSeriesDesc(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		for n, v := range values {
			if !v.Omitted {
				at := start.Add(time.Duration(n) * step)
				all = append(all, Sample{Labels: ls, At: at, Value: v.Value, Histogram: v.Histogram})
			}
		}
	}
	return s.Append(all...)
}
