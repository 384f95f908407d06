// Verilator's library remembers the context that any thread entered last in a plain static variable
// (Verilated::lastContextp). It serves a report at exit and is read by nothing that runs here, so the thread
// sanitizer need not report its writes.

#if defined(__SANITIZE_THREAD__)
extern "C" char const* __tsan_default_suppressions();   // NOLINT
extern "C" char const* __tsan_default_suppressions() {  // NOLINT
  return "race:Verilated::lastContextp\n";
}
#endif
