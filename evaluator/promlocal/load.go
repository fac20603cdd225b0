package promlocal

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
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
		ls, values, err := s.parseLine(line)
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

func (s *Source) parseLine(line string) (labels.Labels, []parser.SequenceValue, error) {
	if err := checkSize(line); err != nil {
		return labels.EmptyLabels(), nil, err
	}
	ls, values, err := s.parser.ParseSeriesDesc(line)
	if name, twice := ls.HasDuplicateLabelNames(); err == nil && twice {
		return ls, nil, fmt.Errorf("label %q is there twice", name)
	}
	return ls, values, err
}

// maxValues is how many values one line may stand for: a few characters can ask
// for more than fits in memory.
const maxValues = 1_000_000

// repeated finds how often the values of a line are to be repeated.
var repeated = regexp.MustCompile(`x([0-9]+)(?:\s|$)`)

func checkSize(line string) error {
	total := 0
	for _, m := range repeated.FindAllStringSubmatch(line, -1) {
		n, err := strconv.Atoi(m[1])
		if total += n; err != nil || n > maxValues || total > maxValues {
			return fmt.Errorf("more than %d values", maxValues)
		}
	}
	return nil
}
