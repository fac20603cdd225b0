package promlocal

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

// minTime and maxTime are the ends of time as Prometheus has them.
func minTime() time.Time { return time.UnixMilli(math.MinInt64/1000 + 62_135_596_801_000).UTC() }

func maxTime() time.Time { return time.UnixMilli(math.MaxInt64 / 1000).UTC() }

// timeParam reads a time: seconds with a fraction, or RFC 3339.
func timeParam(r *http.Request, name string, otherwise time.Time) (time.Time, error) {
	text := r.FormValue(name)
	if text == "" && !otherwise.IsZero() {
		return otherwise, nil
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(s) < math.MaxInt64/1e6 {
		return time.UnixMilli(int64(math.Round(s * 1000))).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, badParam(name, fmt.Errorf("cannot parse %q to a valid timestamp", text))
	}
	return t, nil
}

// durationParam reads a duration: seconds with a fraction, or such as 1m30s.
func durationParam(r *http.Request, name string) (time.Duration, error) {
	text := r.FormValue(name)
	if s, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(s) < math.MaxInt64/1e10 {
		return time.Duration(s * float64(time.Second)), nil
	}
	d, err := model.ParseDuration(text)
	if err != nil {
		return 0, badParam(name, fmt.Errorf("cannot parse %q to a valid duration", text))
	}
	return time.Duration(d), nil
}
