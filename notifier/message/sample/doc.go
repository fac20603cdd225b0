// Package sample makes up deliveries as a rule would cause them: one alert,
// several, a raise, an end. What it makes is shown to people as a test, or
// rendered to see whether their templates hold.
//
// All is decided by the scene: the same one makes the same deliveries. Nothing
// here sends or renders.
package sample
