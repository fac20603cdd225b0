package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/notifier/attempt"
)

func TestNewHeartbeat(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	h, err := newHeartbeat(attempt.Secret{Value: config.Secret(server.URL)}, time.Minute, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Send(t.Context()); err != nil || asked != 1 || h.Every != time.Minute || h.Timeout != time.Second {
		t.Errorf("%v, asked %d times, %+v", err, asked, h)
	}
	if _, err := newHeartbeat(attempt.Secret{}, 0, 0, &config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: "nowhere"}}); err == nil {
		t.Error("a bad client configuration was taken")
	}
}
