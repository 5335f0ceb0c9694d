from test_browser_looks import violations, CHECKS
def test_it(stage, open_context, artefacts, alice_state):
    page = open_context(storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/w/harbour-coffee/shares")
    page.wait_for_timeout(7000)
    page.screenshot(path="/tmp/shares.png", full_page=True)
    open("/tmp/shares.html","w").write(page.content())
    open("/tmp/axe.txt","w").write("\n".join(violations(page, CHECKS["light"])))
    page.goto(f"{stage.url}/w/harbour-coffee/shares/{stage.share(password='a word for the guest')[0]}")
    page.wait_for_timeout(4000)
    open("/tmp/axe2.txt","w").write("\n".join(violations(page, CHECKS["light"])))
