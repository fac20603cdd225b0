package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/rules/file"
)

func TestConnectHeartbeat(t *testing.T) {
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.URL.Path }))
	defer server.Close()
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "url", server.URL+"/beat")
	write(t, "tocsin.yaml", smallConfig+"heartbeat: {url_file: url, every: 30s, timeout: 3s}\n")
	write(t, "rules.yaml", smallRules)
	l, problems := file.Load(file.Options{ConfigFile: dir + "/tocsin.yaml"})
	if l == nil {
		t.Fatal(problems)
	}
	world, err := connect(l, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	h := world.Heartbeat
	if h == nil || h.Every != 30*time.Second || h.Timeout != 3*time.Second {
		t.Fatalf("%+v", h)
	}
	if err := h.Send(t.Context()); err != nil || asked != "/beat" {
		t.Errorf("%v, asked for %q", err, asked)
	}
	dry, err := connect(l, notifyTestCommand{DryRun: true}.instead(process{}))
	if err != nil || dry.Heartbeat != nil {
		t.Errorf("a dry run beats: %v", err)
	}
	dry.Close()
	l.Heartbeat.HTTP = &config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: "nowhere"}}
	if _, err := connect(l, nil); err == nil {
		t.Error("a bad client configuration was taken")
	}
}
