"""Headwater: a GraphQL gateway for composite views, configured by YAML profiles.

What other programs may build on, each imported from where it lives, so that importing
the package costs nothing:

- serve: `app.build_gateway`, `schema.server.application`
- load and check: `loading.loader.Loader`, `deployment.load_deployment`
- add a step type: `connectors.base` (entry point group ``headwater.step_types``)
- test profiles: `testing.runner.run_profile_tests`, `testing.VirtualTimeLoop`
"""
