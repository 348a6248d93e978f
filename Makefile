.PHONY: install lint types test build train clean
install:  ## everything a developer needs
	python -m pip install -e '.[dev]'
lint:
	ruff check . && ruff format --check .
types:
	mypy
test:
	python -m pytest
knowledge:  ## data/*.yaml -> files of the package
	python -m training.build_scheme && python -m training.build_knowledge
train:  ## the shipped model; needs ../shared
	python -m training.pretrain.run
	python -m training.pretrain.run --recipe training/recipes/pretrain_more.toml --work runs/more
	python -m training.evaluate_encoder && python -m training.pretrain.publish
	python -m training.run
build:
	python -m build
clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
