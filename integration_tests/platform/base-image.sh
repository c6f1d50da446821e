# Sourced by run.sh, which sets $work. Finds the image that the Dockerfile starts from; where it can't be had, and only when asked, makes a
# stand-in with the same Node: Debian by debootstrap, Node and npm from npm's packages.

npm_version=11.21.2

# Sets base_image. Usage: need_base_image INSTALL(yes|no) DOCKERFILE
need_base_image() {
  local install=$1 official stand_in
  official=${NODE_IMAGE:-$(sed -n 's/^ARG NODE_IMAGE=//p' "$2")}
  stand_in=source-tines-stand-in:${official#*:}
  if has_image "$official" || pull "$official"; then
    base_image=$official
  elif has_image "$stand_in"; then
    base_image=$stand_in
  elif [ "$install" = yes ]; then
    make_stand_in "$stand_in" "${official#*:}"
    base_image=$stand_in
  else
    fail "The base image $official can neither be found nor pulled." \
      'Give another by the environment variable NODE_IMAGE, or, on Debian as root, let this script make a stand-in:' \
      '  npm run test:platform -- --install'
  fi
  say "Base image: $base_image"
}

has_image() {
  docker image inspect "$1" >/dev/null 2>&1
}

pull() {
  timeout 300 docker pull --quiet "$1" >/dev/null 2>&1
}

# Usage: make_stand_in IMAGE NODE_IMAGE_TAG
make_stand_in() {
  local node_version=${2%%-*} arch tree
  arch=$(node -p process.arch)
  need_package debootstrap debootstrap
  say "Making a stand-in of the base image, with Node $node_version"
  tree=$(mktemp -d "$work/stand-in.XXXXXX")
  PATH=$PATH:/usr/sbin:/sbin quietly debootstrap --variant=minbase bookworm "$tree"
  unpack_npm_package "node-linux-$arch@$node_version" "$tree/usr/local" package/bin
  unpack_npm_package "npm@$npm_version" "$tree/usr/local/lib/node_modules/npm" package
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tree/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$tree/usr/local/bin/npx"
  # As in the official image, where the user `node` has the uid that Airbyte runs connectors with.
  chroot "$tree" groupadd --gid 1000 node
  chroot "$tree" useradd --uid 1000 --gid node --shell /bin/bash --create-home node
  rm -rf "$tree"/usr/share/{doc,man,locale,info} "$tree"/var/{cache,lib}/apt/* "$tree"/var/log/*
  tar -C "$tree" --one-file-system -c . | docker import --change 'CMD ["node"]' - "$1" >/dev/null
  rm -rf "$tree"
}

# Usage: unpack_npm_package PACKAGE FOLDER PATH_IN_PACKAGE
unpack_npm_package() {
  local folder=$2 name
  name=$(cd "$work" && npm pack --silent "$1" | tail -n 1)
  mkdir -p "$folder"
  # Keeps the last part of a longer path: package/bin becomes FOLDER/bin.
  tar -xzf "$work/$name" -C "$folder" --no-same-owner --strip-components=1 "$3"
  rm "$work/$name"
}
