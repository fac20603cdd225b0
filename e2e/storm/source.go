// Package storm is a world in which everything breaks at once: a source whose
// series all cross their thresholds in one answer, and a receiver that takes its
// time over each call and counts who calls.
package storm

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// A Source answers every query as Prometheus does: with nothing, and once it is
// broken with all of its series.
type Source struct {
	URL string

	body     []byte
	broken   atomic.Bool
	answered atomic.Int64 // when the first answer with series was written
}

// now stands for the time of a query in a prepared answer.
const now = "0000000000.000"

// NewSource starts a source of n series, of which one in a hundred is an error.
// Team is one of so many.
func NewSource(t testing.TB, n, teams int) *Source {
	var b bytes.Buffer
	b.WriteString(`{"status":"success","data":{"resultType":"vector","result":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		value := 75
		if i%100 == 99 {
			value = 95
		}
		fmt.Fprintf(&b, `{"metric":{"instance":"i-%05d","job":"api","method":"GET","route":"/v1/customers/{id}","team":"t%02d","zone":"eu-%d"},"value":[%s,"%d"]}`,
			i, i%teams, i%3, now, value)
	}
	b.WriteString(`]}}`)
	s := &Source{body: b.Bytes()}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Break lets all series cross their thresholds.
func (s *Source) Break() { s.broken.Store(true) }

// Answered is when the first answer with all series was written; zero before.
func (s *Source) Answered() time.Time {
	if at := s.answered.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// ServeHTTP answers a query.
func (s *Source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if !s.broken.Load() {
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
		return
	}
	at := fmt.Sprintf("%014.3f", float64(time.Now().UnixMilli())/1000)
	_, _ = w.Write(bytes.ReplaceAll(s.body, []byte(now), []byte(at)))
	s.answered.CompareAndSwap(0, time.Now().UnixNano())
}
